"""Hermes: a JSON object between tags.

``<tool_call>{"name": …, "arguments": {…}}</tool_call>``, one pair of tags for each call
(NousResearch/Hermes-Function-Calling; https://docs.vllm.ai/en/latest/features/tool_calling.html,
"hermes"; the chat templates of Qwen2.5 and Qwen3). Small models write Python instead of JSON, leave
out a brace or the closing tag, or put several objects between one pair of tags.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sealegs.calls.following import Go, Grammar, Note, State
from sealegs.calls.parsing import Opener, ParsedCall
from sealegs.jsons import Json

from .common import DONE, FAIL, Syntax, bodies, called, json_states

__all__ = ["PARSERS"]

_VALUE = Go("json", push="done", note="value")
_CLOSED = Go(end="behind", note="closed")

_GRAMMAR = Grammar(
    starts={"<tool_call>": Go("open")},
    states={
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
    del schemas
    found: list[ParsedCall] = []
    for body in bodies(region, notes):
        calls = called(body, whole=whole)
        if calls is None:
            return found or None if not whole else None
        found += calls
    return found or None


PARSERS = (
    Syntax(
        name="hermes",
        openers=(Opener("<tool_call>"),),
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
