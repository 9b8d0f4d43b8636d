"""Harmony: gpt-oss's channels and recipients.

``<|channel|>commentary to=functions.name <|constrain|>json<|message|>{…}<|call|>``; the recipient
may also stand before the channel: ``<|start|>assistant to=functions.name<|channel|>commentary json
<|message|>{…}<|call|>`` (https://cookbook.openai.com/articles/openai-harmony). It leaks as text in
lablup/mlxcel#654, without its tokens in raullenchai/Rapid-MLX#480; the channel is not always the
same, and the namespace may be missing (vllm-project/vllm#42454). The analysis channel is reasoning.

Servers leave ``<|channel|>commentary`` in the name of structured calls at times
(vllm-project/vllm#32587); such a name is salvaged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sealegs.calls.following import Go, Grammar, Note, State
from sealegs.calls.members import value_end
from sealegs.calls.parsing import Opener, ParsedCall
from sealegs.jsons import Json

from .common import DONE, FAIL, HIDDEN, Syntax, json_states

__all__ = ["PARSERS"]

_NAME = re.compile(r"(?:functions\.)?(?P<name>[\w.-]+)")
_STARTS = (
    "<|channel|>commentary to=",
    "<|channel|>analysis to=",
    "<|channel|>comment to=",
    "<|start|>assistant to=",
    "<|start|>assistant<|channel|>commentary to=",
    "<|start|>assistant<|channel|>analysis to=",
)
_BARE = "commentary to=functions."
_END = {"<|call|>": Go(end="behind"), "<|end|>": Go(end="behind")}

_GRAMMAR = Grammar(
    starts={
        **dict.fromkeys(_STARTS, Go("head", note="name")),
        _BARE: Go("bare head", note="name"),
    },
    states={
        "head": State(
            {
                "<|message|>": Go("body", note="name_end"),
                "\n": FAIL,
                "{": FAIL,
                **dict.fromkeys(_END, FAIL),
            }
        ),
        "bare head": State(
            {
                "{": Go("json", push="done", note="name_end value"),
                "<|message|>": Go("body", note="name_end"),
                "<|constrain|>": Go(),
                "\n": FAIL,
                "`": FAIL,
                "<": FAIL,
            }
        ),
        "body": State({"{": Go("json", push="done", note="value"), **_END}, other=FAIL),
        **json_states(_END),
        "done": State(_END, other=DONE, mark=True, base=True),
    },
)


def _read(
    region: str, notes: Sequence[Note], schemas: Mapping[str, Json], whole: bool
) -> list[ParsedCall] | None:
    del schemas
    places = {note.label: note for note in notes}
    if "name_end" not in places:
        return None
    hit = _NAME.match(region, places["name"].end, places["name_end"].start)
    if hit is None:
        return None
    if "value" not in places:
        return [ParsedCall(hit["name"], "{}")] if whole else None
    start = places["value"].end - 1
    end, balanced = value_end(region, start)
    if not balanced:
        end = min((at for at in map(region.rfind, _END) if at > start), default=end)
    return [ParsedCall(hit["name"], region[start:end].strip(), whole=whole or balanced)]


def _salvage(name: str, arguments: str) -> ParsedCall | None:
    """Read a call of which the name holds the channel too, or the namespace."""
    bare = name.partition("<|")[0].strip().removeprefix("functions.")
    return ParsedCall(bare, arguments) if bare and bare != name else None


PARSERS = (
    Syntax(
        name="harmony",
        openers=tuple(Opener(text) for text in (*_STARTS, _BARE)),
        grammar=_GRAMMAR,
        read=_read,
        models=("gpt-oss*", "*gpt-oss*"),
        hidden={
            **HIDDEN,
            "<|channel|>analysis<|message|>": ("<|end|>", "<|start|>", "<|channel|>"),
        },
        salvage=_salvage,
        source="https://cookbook.openai.com/articles/openai-harmony",
    ),
)
