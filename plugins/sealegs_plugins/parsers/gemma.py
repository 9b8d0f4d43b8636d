"""Gemma: FunctionGemma's and Gemma 4's calls between tokens, and Gemma 3's Python in a fence.

FunctionGemma: ``<start_function_call>call:name{key:<escape>text<escape>,n:3}<end_function_call>``
(https://ai.google.dev/gemma/docs/functiongemma/formatting-and-best-practices). Gemma 4:
``<|tool_call>call:name{key:<|"|>text<|"|>}<tool_call|>`` (https://ai.google.dev/gemma/docs;
SGLang's gemma4 detector). Strings stand between delimiters, keys and all else without; it is given
as JSON.

Gemma 3 has no tokens for tools; its documentation prompts for a fence named ``tool_code`` with
Python calls in it (https://ai.google.dev/gemma/docs/capabilities/function-calling). That syntax is
a fence itself, so it is looked for at a line's beginning, and only calls of given tools count.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sealegs.calls.following import Go, Grammar, Note, State
from sealegs.calls.parsing import Opener, ParsedCall
from sealegs.jsons import Json, parse

from .common import DONE, FAIL, HIDDEN, Syntax
from .pythonic import python_states, read_calls
from .tagged import quoted

__all__ = ["PARSERS"]

_DELIMITERS = ("<escape>", '<|"|>')
_TOKEN = re.compile(r'(<escape>|<\|"\|>)(.*?)(?:\1|\Z)|([{}\[\],:])|([^{}\[\],:<]+|<)', re.DOTALL)


def _call_states(end: str, delimiter: str) -> dict[str, State]:
    closed = Go(end="behind", note="closed")
    opening = Go("inside", push="inside")
    return {
        "open": State({"call:": Go("name", note="name")}, other=FAIL),
        "name": State(
            {"{": Go("inside", push="done", note="value"), "\n": FAIL, "<": FAIL, " ": FAIL}
        ),
        "inside": State(
            {
                "{": opening,
                "[": opening,
                "}": Go(pop=True),
                "]": Go(pop=True),
                delimiter: Go("text", push="inside"),
                end: closed,
            }
        ),
        "text": State({delimiter: Go(pop=True)}),
        "done": State({end: closed}, other=DONE, mark=True),
    }


def _read(
    region: str, notes: Sequence[Note], schemas: Mapping[str, Json], whole: bool
) -> list[ParsedCall] | None:
    del schemas
    places = {note.label: note for note in notes}
    if "value" not in places:
        return None
    name = region[places["name"].end : places["value"].start].strip()
    end = places["closed"].start if "closed" in places else len(region)
    return [ParsedCall(name, _as_json(region[places["value"].start : end].strip()), whole=whole)]


def _as_json(text: str) -> str:
    """Give arguments as JSON text: bare keys quoted, and what stands between delimiters."""
    out: list[str] = []
    opened: list[str] = []
    key = False
    for delimiter, string, mark, bare in _TOKEN.findall(text):
        if delimiter:
            out.append(quoted(string))
        elif mark:
            if mark in "{[":
                opened.append(mark)
            elif mark in "}]" and opened:
                opened.pop()
            out.append(mark)
        else:
            out.append(_bare(bare, key=key))
        key = bool(opened) and opened[-1] == "{" and mark in ("{", ",")
    return "".join(out)


def _bare(text: str, *, key: bool) -> str:
    """Give text without delimiters: a key, a JSON scalar, or else a string."""
    word = text.strip()
    if not word:
        return ""
    if key:
        return quoted(word.strip("\"'"))
    try:
        parse(word)
    except ValueError:
        return quoted(word)
    return word


_FENCE = Grammar(
    starts={"```tool_code\n": Go("python", note="value")},
    states=python_states({"```": Go(end="behind", note="closed"), "`": FAIL}),
)


def _read_fence(
    region: str, notes: Sequence[Note], schemas: Mapping[str, Json], whole: bool
) -> list[ParsedCall] | None:
    places = {note.label: note for note in notes}
    end = places["closed"].start if "closed" in places else len(region)
    text = region[places["value"].end : end].strip()
    if (printed := re.fullmatch(r"print\((.*)\)", text, re.DOTALL)) is not None:
        text = printed[1]
    calls = read_calls(text, whole=whole)
    if calls is None:
        return None
    named = [
        ParsedCall(call.name.removeprefix("default_api."), call.arguments, whole=call.whole)
        for call in calls
    ]
    return named if all(call.name in schemas for call in named) else None


PARSERS = (
    Syntax(
        name="functiongemma",
        openers=(Opener("<start_function_call>"),),
        grammar=Grammar(
            {"<start_function_call>": Go("open")}, _call_states("<end_function_call>", "<escape>")
        ),
        read=_read,
        models=("functiongemma*",),
        source="https://ai.google.dev/gemma/docs/functiongemma/formatting-and-best-practices",
    ),
    Syntax(
        name="gemma-4",
        openers=(Opener("<|tool_call>"),),
        grammar=Grammar({"<|tool_call>": Go("open")}, _call_states("<tool_call|>", '<|"|>')),
        read=_read,
        models=("gemma-4*", "gemma4*"),
        hidden={**HIDDEN, "<|channel>thought": ("<channel|>",)},
        source="https://ai.google.dev/gemma/docs, sgl-project/sglang gemma4 detector",
    ),
    Syntax(
        name="gemma-tool-code",
        openers=(Opener("```tool_code\n", "line"),),
        grammar=_FENCE,
        read=_read_fence,
        models=("gemma-[23]*", "gemma[23]*", "txgemma*", "medgemma*"),
        source="https://ai.google.dev/gemma/docs/capabilities/function-calling",
    ),
)
