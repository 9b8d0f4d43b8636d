"""MiniMax: M1's objects, M2's ``<invoke>``, and M3's tags behind a token of its own.

M2 to M2.7: ``<minimax:tool_call><invoke name="…"><parameter name="…">value</parameter></invoke>
</minimax:tool_call>`` (MiniMaxAI/MiniMax-M2 docs/tool_calling_guide.md; it leaks as text in
MiniMax-AI/MiniMax-M2.5#10 and earendil-works/pi#368, and without its outer tag in
openclaw/openclaw#68470). M3 writes ``]<]minimax[>[`` before each tag, and the argument's name is
the tag; objects and arrays nest, with ``<item>`` for an array's members (MiniMax-AI/MiniMax-M3#31,
ggml-org/llama.cpp#24523, SGLang's minimax_m3 detector). M1 writes an object on each line between
``<tool_calls>`` tags (MiniMax-AI/MiniMax-M2#14).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sealegs.calls.following import Go, Grammar, Note, State
from sealegs.calls.parsing import Opener, ParsedCall
from sealegs.jsons import Json

from .common import DONE, FAIL, Syntax, json_states, read_objects
from .tagged import invoked, quoted, read_tagged

__all__ = ["PARSERS"]

_STARTS, _STATES = invoked(("",), ("minimax:tool_call",))

_VALUE = Go("json", push="lines", note="value")
_LAST = Go(end="behind", note="closed")
_M1 = Grammar(
    starts={"<tool_calls>": Go("open")},
    states={
        "open": State({"{": _VALUE}, other=FAIL),
        **json_states({"</tool_calls>": _LAST}),
        "lines": State({"{": _VALUE, "</tool_calls>": _LAST}, other=DONE, mark=True, base=True),
    },
)

_NS = "]<]minimax[>["
_CALL = Go("name", note="name")
_END = Go(end="behind")
_M3 = Grammar(
    starts={f"{_NS}<tool_call>": Go("open"), f'{_NS}<invoke name="': _CALL},
    states={
        "open": State({f'{_NS}<invoke name="': _CALL}, other=FAIL),
        "name": State({'"': Go("named", note="name_end"), "\n": FAIL, "<": FAIL}),
        "named": State({">": Go("body")}, other=FAIL),
        "body": State(
            {
                f"{_NS}</invoke>": Go("done", note="closed"),
                f"{_NS}</": Go("close"),
                f"{_NS}<": Go("tag", note="tag"),
            }
        ),
        "tag": State({">": Go("body", note="open"), "\n": FAIL}),
        "close": State({">": Go("body", note="close"), "\n": FAIL}),
        "done": State(
            {f'{_NS}<invoke name="': _CALL, f"{_NS}</tool_call>": _END}, other=DONE, mark=True
        ),
    },
)


@dataclass(slots=True)
class _Element:
    """An argument, or a part of one, while it is read."""

    tag: str
    start: int
    parts: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def text(self, region: str, end: int) -> str:
        """Give its value: JSON where it has parts, else the text as it stands."""
        if not self.parts:
            return region[self.start : end]
        if all(tag == "item" for tag, _ in self.parts):
            return f"[{', '.join(text for _, text in self.parts)}]"
        return f"{{{', '.join(f'{quoted(tag)}: {text}' for tag, text in self.parts)}}}"


def _read_m3(
    region: str, notes: Sequence[Note], schemas: Mapping[str, Json], whole: bool
) -> list[ParsedCall] | None:
    del schemas
    found: list[ParsedCall] = []
    name, values, tag_start = "", dict[str, str](), 0
    stack: list[_Element] = []
    for label, at, end in notes:
        if label == "name":
            name, values, stack, tag_start = "", {}, [], end
        elif label == "name_end":
            name = region[tag_start:at]
        elif label == "tag":
            tag_start = end
        elif label == "open":
            stack.append(_Element(region[tag_start:at].strip(), end))
        elif label == "close" and stack:
            element = stack.pop()
            behind = region.rindex(f"{_NS}</", 0, end)
            text = element.text(region, behind)
            if stack:
                stack[-1].parts.append((element.tag, text if element.parts else quoted(text)))
            else:
                values[element.tag] = text
        elif label == "closed":
            found.append(ParsedCall(name, values))
            name = ""
    if name:
        for element in stack[:1]:
            values[element.tag] = element.text(region, len(region))
        found.append(ParsedCall(name, values, whole=whole))
    return found or None


PARSERS = (
    Syntax(
        name="minimax-m2",
        openers=(Opener("<minimax:tool_call>"), Opener('<invoke name="', "line")),
        grammar=Grammar(_STARTS, _STATES),
        read=read_tagged,
        models=("minimax-m2*", "abab*", "minimax*"),
        rank=110,
        source="MiniMaxAI/MiniMax-M2 docs/tool_calling_guide.md, MiniMax-AI/MiniMax-M2.5#10",
    ),
    Syntax(
        name="minimax-m3",
        openers=tuple(Opener(text) for text in _M3.starts),
        grammar=_M3,
        read=_read_m3,
        models=("minimax-m3*",),
        source="MiniMax-AI/MiniMax-M3#31, ggml-org/llama.cpp#24523",
        evidence="reported",
    ),
    Syntax(
        name="minimax-m1",
        openers=(Opener("<tool_calls>"),),
        grammar=_M1,
        read=read_objects,
        models=("minimax-m1*",),
        source="MiniMaxAI/MiniMax-M1 docs/function_call_guide.md, MiniMax-AI/MiniMax-M2#14",
    ),
)
