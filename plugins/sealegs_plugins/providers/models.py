"""Rules of models wherever they are served, and what is assumed of hosts that nobody knows.

All ranks are so high that they say nothing of the host: a reply may still tell what serves it.
"""

from __future__ import annotations

from sealegs.knowledge import Provider

from .common import (
    CHAT,
    CHECKED,
    FIELD_REFUSED,
    FOREIGN_SIGNATURE,
    REASONING_MISSING,
    RESPONSES,
    RESPONSES_REFUSALS,
)

__all__ = ["ROWS"]

_UNKNOWN = (*REASONING_MISSING, *FIELD_REFUSED, *FOREIGN_SIGNATURE)

ROWS: tuple[Provider, ...] = (
    # Servers drop what came before the last final answer by themselves.
    Provider(
        name="gpt-oss",
        wires=CHAT,
        hosts=("*",),
        models=("gpt-oss*",),
        rank=800,
        demand="tool_loop",
        recoveries=_UNKNOWN,
        source="https://cookbook.openai.com/articles/gpt-oss/handle-raw-cot",
        checked=CHECKED,
    ),
    # Thoughts must stay between calls, and must not be there in the next user turn.
    Provider(
        name="gemma-4",
        wires=CHAT,
        hosts=("*",),
        models=("gemma-4*", "gemma4*"),
        rank=800,
        send="tool_loop",
        demand="tool_loop",
        recoveries=_UNKNOWN,
        source="https://ai.google.dev/gemma/docs/core/prompt-formatting-gemma4",
        checked=CHECKED,
    ),
    # The template keeps thinking after the last user message, and drops the rest by itself.
    Provider(
        name="qwen",
        wires=CHAT,
        hosts=("*",),
        models=("qwen*", "qwq*"),
        rank=800,
        recoveries=_UNKNOWN,
        source="https://huggingface.co/Qwen/Qwen3-8B",
        checked=CHECKED,
    ),
    Provider(
        name="openai-compatible",
        wires=CHAT,
        hosts=("*",),
        rank=900,
        recoveries=_UNKNOWN,
        source="openai-agents 0.24.0, pydantic-ai-slim 2.68.0: reasoning returns in its own field",
        checked=CHECKED,
        evidence="reported",
    ),
    Provider(
        name="responses-compatible",
        wires=RESPONSES,
        hosts=("*",),
        rank=900,
        recoveries=RESPONSES_REFUSALS,
        source="vercel/ai:packages/open-responses",
        checked=CHECKED,
        evidence="reported",
    ),
)
