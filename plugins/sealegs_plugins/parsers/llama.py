"""Llama: an object at the beginning, a tagged function, or a Python list of calls.

Llama 3.1 and 3.3: ``{"name": …, "parameters": {…}}`` as the whole answer, several with ``;``
between them, after ``<|python_tag|>`` or without it; and ``<function=name>{…}</function>`` where
the prompt shows tools in that form
(https://www.llama.com/docs/model-cards-and-prompt-formats/llama3_1/; vLLM's "llama3_json"). Llama
3.2 and 4: ``[name(key='value'), other(…)]``, which Llama 4 may put between ``<|python_start|>`` and
``<|python_end|>`` (…/llama3_2/, …/llama4/; vLLM's "pythonic").

Groq gives in the body of an error what a model wrote and its own parser could not read
(``failed_generation``, https://console.groq.com/docs/tool-use): the same forms, or an object with
``arguments``, or an array of them; the tag's ``>`` is left out at times (sipeed/picoclaw#400,
langchain-ai/langchain#31440).

None of these has marks that no text could begin with. So an object counts only with a call's keys
and no others, and a list only with the name of a tool that was given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sealegs.calls.following import Go, Grammar, Note, State
from sealegs.calls.members import members, value_end
from sealegs.calls.parsing import Opener, ParsedCall
from sealegs.jsons import Json

from .common import DONE, FAIL, Syntax, called, json_states
from .pythonic import python_states, read_calls

__all__ = ["PARSERS"]

_KEYS = ("name", "parameters", "arguments", "type", "function", "id")
_NOT_A_NAME = dict.fromkeys((" ", "\n", "\t", "`", '"', "'", "<", "]", "[", "{", ")", ":"), FAIL)
_ENDS = {token: Go(end="behind") for token in ("<|eom_id|>", "<|eot_id|>")}
_CLOSED = {token: Go("after", note="closed") for token in ("</function>", "<function>")}
_OBJECT = Go("first", push="done", note="value")
_INNER = Go("inner", push="body", note="value")

_GRAMMAR = Grammar(
    starts={
        "{": _OBJECT,
        "[": Go("bracket", push="done", note="bracket"),
        "<|python_tag|>": Go("tagged"),
        "<|python_start|>": Go("started"),
        "<function=": Go("function", note="function"),
    },
    states={
        "tagged": State({"{": _OBJECT}, other=FAIL),
        "started": State({"[": Go("bracket", push="done", note="bracket")}, other=FAIL),
        "first": State(
            {f"{mark}{key}{mark}": Go("json") for key in _KEYS for mark in "\"'"}, other=FAIL
        ),
        **json_states(),
        "done": State({";": Go("more"), **_ENDS}, other=DONE, mark=True),
        "more": State({"{": _OBJECT}, other=DONE),
        "bracket": State(
            {**_NOT_A_NAME, "(": FAIL, ",": FAIL, "{": Go("first", push="json")},
            other=Go("callee"),
        ),
        "callee": State({"(": Go("python", push="listed"), ",": FAIL, **_NOT_A_NAME}),
        **python_states(),
        "listed": State({",": Go("next"), "]": Go("list end")}, other=FAIL),
        "next": State(
            {"(": FAIL, ",": FAIL, **_NOT_A_NAME, "]": Go("list end")}, other=Go("callee")
        ),
        "list end": State({"<|python_end|>": Go(end="behind"), **_ENDS}, other=DONE, mark=True),
        "function": State(
            {
                ">": Go("body", note="name_end"),
                ",": Go("body", note="name_end"),
                "(": Go("body", note="name_end"),
                **_NOT_A_NAME,
                "{": Go("inner", push="body", note="name_end value"),
            }
        ),
        "body": State({"{": _INNER, ")": Go(), ">": Go(), **_CLOSED}, other=FAIL),
        "inner": json_states(_CLOSED, "inner")["inner"],
        "after": State(_ENDS, other=DONE, mark=True),
    },
)


def _read(
    region: str, notes: Sequence[Note], schemas: Mapping[str, Json], whole: bool
) -> list[ParsedCall] | None:
    places = {note.label: note for note in notes}
    if "function" in places:
        return _read_function(region, places, whole=whole)
    if "bracket" in places:
        start = places["bracket"].end - 1
        if region[start + 1 :].lstrip().startswith("{"):
            return _read_objects(region[start:], whole=whole)
        end = region.rfind("<|python_end|>")
        calls = read_calls(region[start : end if end >= 0 else len(region)], whole=whole)
        marked = region.startswith("<|python_start|>")
        known = calls is not None and (marked or all(call.name in schemas for call in calls))
        return calls if known else None
    found: list[ParsedCall] = []
    for note in notes:
        if note.label == "value":
            calls = _read_objects(region[note.end - 1 :], whole=whole, single=True)
            if calls is None:
                return None if whole else found or None
            found += calls
    return found or None


def _read_objects(text: str, *, whole: bool, single: bool = False) -> list[ParsedCall] | None:
    """Read objects that have a call's keys and no others."""
    at = text.find("{")
    end = len(text)
    while at >= 0:
        held = members(text, at)
        fits = held and not set(held.values) - set(_KEYS)
        bare = held and {"parameters", "arguments"}.isdisjoint(held.values)
        if not held or not fits or (bare and '"function"' not in text and "'function'" not in text):
            return None
        end = held.end
        at = -1 if single else text.find("{", end)
    return called(text[:end], whole=whole, names=("name", "function"))


def _read_function(
    region: str, places: Mapping[str, Note], *, whole: bool
) -> list[ParsedCall] | None:
    if "name_end" not in places:
        return None
    name = region[places["function"].end : places["name_end"].start].strip()
    if "value" not in places:
        return [ParsedCall(name, "{}")] if name and whole else None
    start = places["value"].end - 1
    end, balanced = value_end(region, start)
    if not balanced and "closed" in places:
        end = min(end, places["closed"].start)
    return [ParsedCall(name, region[start:end].strip(), whole=whole or balanced)] if name else None


_SOURCE = "https://www.llama.com/docs/model-cards-and-prompt-formats"
_MARKED = (Opener("<|python_tag|>"), Opener("<|python_start|>"), Opener("<function="))
_BARE = (Opener("{", "start"), Opener("[", "start"))

PARSERS = (
    Syntax(
        name="llama-json",
        openers=(*_MARKED, Opener("{", "start")),
        grammar=_GRAMMAR,
        read=_read,
        models=("llama-3*", "llama3*", "meta-llama-3*", "llama-guard*", "*-llama-3*"),
        rank=200,
        source=f"{_SOURCE}/llama3_1/",
    ),
    Syntax(
        name="llama-pythonic",
        openers=(*_MARKED, *_BARE),
        grammar=_GRAMMAR,
        read=_read,
        models=("llama-3.2*", "llama3.2*", "llama3-2*", "llama-3-2*", "llama-4*", "llama4*"),
        rank=150,
        source=f"{_SOURCE}/llama3_2/, {_SOURCE}/llama4/",
    ),
    Syntax(
        name="groq",
        openers=(*_MARKED, *_BARE),
        grammar=_GRAMMAR,
        read=_read,
        models=("llama-3*", "llama3*", "meta-llama-3*", "llama-4*", "llama4*"),
        providers=("groq",),
        rank=100,
        source="https://console.groq.com/docs/tool-use, sipeed/picoclaw#400",
        evidence="reported",
    ),
)
