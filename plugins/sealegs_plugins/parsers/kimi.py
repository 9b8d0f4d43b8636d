"""Kimi: K2's section of calls between tokens, each with its id, and K3's channels.

``<|tool_calls_section_begin|><|tool_call_begin|>functions.name:0<|tool_call_argument_begin|>{…}
<|tool_call_end|><|tool_calls_section_end|>`` (moonshotai/Kimi-K2-Instruct chat template and
docs/tool_call_guidance.md; vLLM's and SGLang's "kimi_k2"). The id is ``functions.name:index``, and
the model wants it back. The section's own tokens are left out at times, and so is the token before
the arguments, which then stand in a fence.

K3: ``<|open|>tools<|sep|><|open|>call tool="name" index="1"<|sep|><|open|>argument key="k"
type="string"<|sep|>text<|close|>argument<|sep|><|close|>call<|sep|><|close|>tools<|sep|>``, where
values of other types than ``string`` are JSON (SGLang's kimi_k3 detector; vLLM's "kimi_k3").
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sealegs.calls.following import Go, Grammar, Note, State
from sealegs.calls.members import value_end
from sealegs.calls.parsing import Opener, ParsedCall
from sealegs.jsons import Json

from .common import DONE, FAIL, HIDDEN, Syntax, json_states
from .tagged import read_tagged, value_states

__all__ = ["PARSERS"]

_ID = re.compile(r"(?:functions?\.)?(?P<name>.+?)(?P<index>:\d+)?", re.DOTALL)

_BEGIN = {"<|tool_call_begin|>": Go("head", note="closed")}
_END = {"<|tool_call_end|>": Go("done", note="closed")}
_LAST = {
    token: Go(end="behind", note="closed")
    for token in ("<|tool_calls_section_end|>", "<|tool_call_section_end|>")
}
_ENDS = {**_END, **_LAST}
_CLOSE = {**_BEGIN, **_ENDS}

_GRAMMAR = Grammar(
    starts={
        "<|tool_calls_section_begin|>": Go("open"),
        "<|tool_call_section_begin|>": Go("open"),
        "<|tool_call_begin|>": Go("head"),
    },
    states={
        "open": State({**_BEGIN, **dict.fromkeys(_LAST, FAIL)}, other=FAIL),
        "head": State({"{": FAIL, "`": FAIL, "<": FAIL, **_CLOSE}, other=Go("id", note="id")),
        "id": State(
            {
                "<|tool_call_argument_begin|>": Go("body", note="id_end"),
                " ": Go("body", note="id_end"),
                "\n": Go("body", note="id_end"),
                "{": FAIL,
                "`": FAIL,
                **{token: replace(go, note="id_end closed") for token, go in _ENDS.items()},
                **dict.fromkeys(_BEGIN, FAIL),
            }
        ),
        "body": State(
            {
                "<|tool_call_argument_begin|>": Go(),
                "```json": Go(),
                "```": Go(),
                "{": Go("json", push="behind", note="value"),
                **_CLOSE,
            },
            other=FAIL,
        ),
        **json_states(_CLOSE),
        "behind": State({"```": Go(), **_CLOSE}, other=DONE, mark=True),
        "done": State({**_BEGIN, **_LAST}, other=DONE, mark=True, base=True),
    },
)


def _read(
    region: str, notes: Sequence[Note], schemas: Mapping[str, Json], whole: bool
) -> list[ParsedCall] | None:
    del schemas
    found: list[ParsedCall] = []
    start = value = -1
    identifier = ""
    for label, at, end in (*notes, Note("ended", len(region), len(region))):
        if label == "id":
            start, value, identifier = at, -1, ""
        elif label == "id_end":
            identifier = region[start:at].strip()
        elif label == "value":
            value = at
        elif identifier and (label == "closed" or value >= 0 or whole):
            found.append(_made(region, identifier, value, at, whole=whole or end > at))
            identifier = ""
    return found or None


def _made(region: str, identifier: str, value: int, end: int, *, whole: bool) -> ParsedCall:
    hit = _ID.fullmatch(identifier)
    name = hit["name"] if hit else identifier
    if value < 0:
        return ParsedCall(name, "{}", identifier, whole)
    at, balanced = value_end(region, value)
    return ParsedCall(name, region[value : min(at, end)].strip(), identifier, whole or balanced)


_CALL_3 = {"<|open|>call": Go("attributes")}
_ARGUMENT_3 = {"<|open|>argument": Go("argument")}
_END_3 = {"<|close|>call<|sep|>": Go("done", note="closed")}
_LAST_3 = {"<|close|>tools<|sep|>": Go(end="behind", note="closed")}

_CHANNELS = Grammar(
    starts={"<|open|>tools<|sep|>": Go("open"), '<|open|>call tool="': Go("name", note="name")},
    states={
        "open": State(_CALL_3, other=FAIL),
        "attributes": State(
            {'tool="': Go("name", note="name"), "<|sep|>": Go("body"), "\n": FAIL, "<|open|>": FAIL}
        ),
        "name": State({'"': Go("attributes", note="name_end"), "\n": FAIL, "<": FAIL}),
        "body": State({**_ARGUMENT_3, **_END_3, **_LAST_3}, other=FAIL),
        "argument": State(
            {
                'key="': Go("key", note="key"),
                'type="string"': Go(note="string"),
                'type="': Go(note="json"),
                "<|sep|>": Go("value", note="value"),
                "\n": FAIL,
            }
        ),
        "key": State({'"': Go("argument", note="key_end"), "\n": FAIL}),
        **value_states(("<|close|>argument<|sep|>",), {**_ARGUMENT_3, **_END_3, **_LAST_3}),
        "done": State({**_CALL_3, **_LAST_3}, other=DONE, mark=True),
    },
)

PARSERS = (
    Syntax(
        name="kimi-k2",
        openers=tuple(Opener(text) for text in _GRAMMAR.starts),
        grammar=_GRAMMAR,
        read=_read,
        models=("kimi-k2*", "kimi-latest", "kimi-thinking*", "kimi-for-coding*", "moonshot-v2*"),
        source="moonshotai/Kimi-K2-Instruct docs/tool_call_guidance.md",
    ),
    Syntax(
        name="kimi-k3",
        openers=tuple(Opener(text) for text in _CHANNELS.starts),
        grammar=_CHANNELS,
        read=read_tagged,
        models=("kimi-k3*",),
        hidden={**HIDDEN, "<|open|>think<|sep|>": ("<|close|>think<|sep|>",)},
        source="sgl-project/sglang kimi_k3 detector",
        evidence="reported",
    ),
)
