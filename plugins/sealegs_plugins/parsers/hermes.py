"""Hermes: a JSON object between tags.

``<tool_call>{"name": …, "arguments": {…}}</tool_call>``, one pair of tags for each call
(NousResearch/Hermes-Function-Calling; https://docs.vllm.ai/en/latest/features/tool_calling.html,
"hermes"; the chat templates of Qwen2.5 and Qwen3). Small models write Python instead of JSON, leave
out a brace or the closing tag, or put several objects between one pair of tags.
"""

from __future__ import annotations

from sealegs.calls.following import Go, Grammar, State
from sealegs.calls.parsing import Opener

from .common import DONE, FAIL, Syntax, json_states, read_objects

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


PARSERS = (
    Syntax(
        name="hermes",
        openers=(Opener("<tool_call>"),),
        grammar=_GRAMMAR,
        read=read_objects,
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
