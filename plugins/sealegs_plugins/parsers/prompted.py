"""Styles that a prompt asks for: ReAct, and an object in a fence.

No family of models is trained to write the first two, so these are taken by their names alone.
Command R's own template asks for the third (https://docs.cohere.com/docs/prompting-command-r).

ReAct: ``Action: name``, then on the next line ``Action Input: {…}`` (Yao et al. 2022; LangChain's
and LlamaIndex's ReAct prompts). JSON in a fence: a fence named ``json`` that holds an object with a
call's keys, or an array of them. Command R: ``Action:`` before such a fence, with ``tool_name`` and
``parameters``. The last two are fences themselves; as any answer may hold one, only calls of given
tools count, and they count at a line's beginning only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sealegs.calls.following import Go, Grammar, Note, State
from sealegs.calls.members import value_end
from sealegs.calls.parsing import Opener, ParsedCall
from sealegs.jsons import Json

from .common import DONE, FAIL, Syntax, called, json_states

__all__ = ["PARSERS"]

_VALUE = Go("json", push="done", note="value")

_REACT = Grammar(
    starts={"Action:": Go("name", note="name")},
    states={
        "name": State({"\n": Go("input", note="name_end"), "`": FAIL, "{": FAIL, "[": FAIL}),
        "input": State({"Action Input:": Go("body")}, other=FAIL),
        "body": State({"{": _VALUE, "```json": Go(), "```": Go()}, other=FAIL),
        **json_states(),
        "done": State({"```": Go(end="behind")}, other=DONE, mark=True),
    },
)


def _read_react(
    region: str, notes: Sequence[Note], schemas: Mapping[str, Json], whole: bool
) -> list[ParsedCall] | None:
    del schemas
    places = {note.label: note for note in notes}
    if "value" not in places:
        return None
    name = region[places["name"].end : places["name_end"].start].strip()
    start = places["value"].start
    end, balanced = value_end(region, start)
    return [ParsedCall(name, region[start:end], whole=whole or balanced)] if name else None


_NAMES = ("name", "tool_name", "tool", "action", "function")
_ARGUMENTS = ("arguments", "parameters", "args", "input", "action_input")
_ACTIONS = ("Action: ```json", "Action:```json")
_FENCE = Grammar(
    starts=dict.fromkeys(("```json", *_ACTIONS), Go("open")),
    states={
        "open": State(
            {
                "{": Go("first", push="done", note="value"),
                "[": Go("array", push="done", note="value"),
            },
            other=FAIL,
        ),
        "array": State({"{": Go("first", push="json")}, other=FAIL),
        "first": State(
            {
                f"{mark}{key}{mark}": Go("json")
                for key in (*_NAMES, *_ARGUMENTS, "id", "type")
                for mark in "\"'"
            },
            other=FAIL,
        ),
        **json_states(),
        "done": State({"```": Go(end="behind", note="closed")}, other=FAIL),
    },
)


def _read_fence(
    region: str, notes: Sequence[Note], schemas: Mapping[str, Json], whole: bool
) -> list[ParsedCall] | None:
    start = next((note.start for note in notes if note.label == "value"), None)
    if start is None:
        return None
    end = next((note.start for note in notes if note.label == "closed"), len(region))
    calls = called(region[start:end], whole=whole, names=_NAMES, arguments=_ARGUMENTS)
    return calls if calls and all(call.name in schemas for call in calls) else None


PARSERS = (
    Syntax(
        name="react",
        openers=(Opener("Action:", "line"),),
        grammar=_REACT,
        read=_read_react,
        rank=900,
        source="https://arxiv.org/abs/2210.03629, langchain-ai/langchain ReAct agent prompt",
    ),
    Syntax(
        name="json-fence",
        openers=(Opener("```json", "line"),),
        grammar=_FENCE,
        read=_read_fence,
        rank=900,
        source="asked for by prompts; no provider documents it",
        evidence="reported",
    ),
    Syntax(
        name="command-r",
        openers=tuple(Opener(text, "line") for text in _ACTIONS),
        grammar=_FENCE,
        read=_read_fence,
        models=("command-r", "command-r-*", "c4ai-command-r-*"),
        source="https://docs.cohere.com/docs/prompting-command-r",
    ),
)
