"""Hermes: a JSON object between tags.

``<tool_call>{"name": …, "arguments": {…}}</tool_call>``, one pair of tags for each call
(NousResearch/Hermes-Function-Calling; https://docs.vllm.ai/en/latest/features/tool_calling.html,
"hermes"; the chat templates of Qwen2.5 and Qwen3). Small models write Python instead of JSON, leave
out a brace or the closing tag (vllm-project/vllm#22885), or put several objects between one pair of
tags. Where a server drops the tags' tokens the object stands alone
(ollama/ollama#12174, NousResearch/hermes-agent#107125). Such an object counts as the first thing
said only, with both keys, and with the name of a tool that was given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sealegs.calls.following import Go, Grammar, Note, State
from sealegs.calls.members import members
from sealegs.calls.parsing import Opener, ParsedCall
from sealegs.jsons import Json

from .common import DONE, FAIL, Syntax, json_states, read_objects

__all__ = ["PARSERS"]

_VALUE = Go("json", push="done", note="value")
_CLOSED = Go(end="behind", note="closed")

_GRAMMAR = Grammar(
    starts={"<tool_call>": Go("open"), "{": Go("bare", push="done", note="value")},
    states={
        "bare": State(
            {
                f"{mark}{key}{mark}": Go("json")
                for key in ("name", "arguments", "parameters")
                for mark in "\"'"
            },
            other=FAIL,
        ),
        "open": State({"{": _VALUE, "[": _VALUE}, other=FAIL),
        **json_states({"</tool_call>": _CLOSED, "<tool_call>": Go(end="before", note="closed")}),
        "done": State(
            {"</tool_call>": _CLOSED, "{": _VALUE, "}": Go("done"), ",": Go("done")},
            other=DONE,
            mark=True,
            base=True,
        ),
    },
)


def _read(
    region: str, notes: Sequence[Note], schemas: Mapping[str, Json], whole: bool
) -> list[ParsedCall] | None:
    calls = read_objects(region, notes, schemas, whole)
    if calls is None or not region.startswith("{"):
        return calls
    bare = members(region)
    keys = set(bare.values) if bare else set[str]()
    told = keys in ({"name", "arguments"}, {"name", "parameters"})
    return calls if told and all(call.name in schemas for call in calls) else None


PARSERS = (
    Syntax(
        name="hermes",
        openers=(Opener("<tool_call>"), Opener("{", "start")),
        grammar=_GRAMMAR,
        read=_read,
        models=(
            "hermes*",
            "*-hermes-*",
            "nous-hermes*",
            "qwen2*",
            "qwen-2*",
            "qwen3",
            "qwen3:*",
            "qwen3-*",
            "qwen-max*",
            "qwen-plus*",
            "qwen-turbo*",
            "qwen-flash*",
            "qwq*",
        ),
        rank=200,
        source="NousResearch/Hermes-Function-Calling, Qwen/Qwen3 chat template",
    ),
)
