"""DeepSeek: V3 to V3.1 with tokens, V3.2 and V4 with DSML.

V3 and R1: ``<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>name``, a line break,
the arguments in a fence, ``<｜tool▁call▁end｜><｜tool▁calls▁end｜>``; V3.1:
``name<｜tool▁sep｜>{…}`` between the same tokens (chat templates of deepseek-ai/DeepSeek-V3-0324,
-R1-0528 and -V3.1). V3.2: ``<｜DSML｜function_calls> <｜DSML｜invoke name="…"><｜DSML｜parameter
name="…" string="true|false">``, where ``string`` says whether the value is text or JSON; V4 calls
the outer tag ``tool_calls`` (encoding_dsv32.py and encoding_dsv4.py of the model repositories; it
leaks in sgl-project/sglang#35736, vllm-project/vllm#54686). Other bars than ``｜`` come from other
hosts (cline/cline#13348, lsdefine/GenericAgent#804), and a JSON object may stand in the place of
parameters (SGLang's deepseekv32 detector).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sealegs.calls.following import Go, Grammar, Note, State
from sealegs.calls.members import value_end
from sealegs.calls.parsing import Opener, ParsedCall
from sealegs.jsons import Json

from .common import DONE, FAIL, Syntax, json_states
from .tagged import invoked, read_tagged

__all__ = ["PARSERS"]

_BARS = ("｜", "|", "‖", "｜｜")
_DSML_STARTS, _DSML_STATES = invoked(
    [f"{bar}DSML{bar}" for bar in _BARS], ("function_calls", "tool_calls"), objects=True
)

_BEGIN, _SEP, _END = "<｜tool▁call▁begin｜>", "<｜tool▁sep｜>", "<｜tool▁call▁end｜>"
_FIRST, _LAST = "<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>"
_CLOSE = {
    _END: Go("done", note="closed"),
    _LAST: Go(end="behind", note="closed"),
    _BEGIN: Go("head", note="closed head"),
}
_VALUE = Go("json", push="behind", note="value")

_TOKENS = Grammar(
    starts={_FIRST: Go("open"), _BEGIN: Go("head", note="head")},
    states={
        "open": State({_BEGIN: Go("head", note="head"), _LAST: FAIL}, other=FAIL),
        "head": State({_SEP: Go("body", note="sep"), "\n": FAIL, "{": FAIL}),
        "body": State({"{": _VALUE, **_CLOSE}, other=Go("name")),
        "name": State({"\n": Go("fenced", note="named"), **_CLOSE}),
        "fenced": State({"```json": Go(), "```": Go(), "{": _VALUE, **_CLOSE}, other=FAIL),
        **json_states(_CLOSE),
        "behind": State({"```": Go(), **_CLOSE}, other=DONE, mark=True),
        "done": State(
            {_BEGIN: Go("head", note="head"), _LAST: Go(end="behind")},
            other=DONE,
            mark=True,
            base=True,
        ),
    },
)


@dataclass(slots=True)
class _Part:
    """Where the parts of one call stand; -1: not seen."""

    head: int
    head_end: int = -1
    body: int = -1
    named: int = -1
    value: int = -1

    def made(self, region: str, end: int, *, whole: bool) -> ParsedCall | None:
        """Give the call that ends at ``end``."""
        if self.body < 0 or (self.value < 0 and not whole):
            return None
        before = self.value if self.value >= 0 else end
        name = region[self.body : self.named if self.named >= 0 else before].strip()
        if not name or self.named < 0 <= self.value:
            name = region[self.head : self.head_end].strip()
        if self.value < 0:
            return ParsedCall(name, "{}") if name else None
        at, balanced = value_end(region, self.value)
        text = region[self.value : min(at, end)].strip()
        return ParsedCall(name, text, whole=whole or balanced) if name else None


def _read_tokens(
    region: str, notes: Sequence[Note], schemas: Mapping[str, Json], whole: bool
) -> list[ParsedCall] | None:
    del schemas
    found: list[ParsedCall | None] = []
    part: _Part | None = None
    for label, at, end in notes:
        if label == "closed" and part:
            found.append(part.made(region, at, whole=True))
            part = None
        elif label == "head":
            part = _Part(end)
        elif part and label == "sep":
            part.head_end, part.body = at, end
        elif part and label == "named":
            part.named = at
        elif part and label == "value":
            part.value = at
    if part:
        found.append(part.made(region, len(region), whole=whole))
    return [call for call in found if call] or None


PARSERS = (
    Syntax(
        name="deepseek-v3",
        openers=tuple(Opener(text) for text in _TOKENS.starts),
        grammar=_TOKENS,
        read=_read_tokens,
        models=(
            "deepseek-v3",
            "deepseek-v3-*",
            "deepseek-v3:*",
            "deepseek-v3.0*",
            "deepseek-v3.1*",
            "deepseek-v3p1*",
            "deepseek-r1*",
            "deepseek-prover*",
        ),
        source="deepseek-ai/DeepSeek-V3-0324, -R1-0528 and -V3.1 chat templates",
    ),
    Syntax(
        name="deepseek-dsml",
        openers=tuple(Opener(text) for text in _DSML_STARTS),
        grammar=Grammar(_DSML_STARTS, _DSML_STATES),
        read=read_tagged,
        models=("deepseek*",),
        rank=110,
        source="deepseek-ai/DeepSeek-V3.2 encoding_dsv32.py, sgl-project/sglang#35736",
    ),
)
