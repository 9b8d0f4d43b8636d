"""OpenRouter, which hands a request to one of several hosts."""

from __future__ import annotations

from dataclasses import replace

from sealegs.schema.dialect import Dialect

from .anthropic import LENIENT as ANTHROPIC_DIALECT
from .common import CHAT, CHECKED, NAME_64, RESPONSES
from .moonshot import SAFE as MOONSHOT

__all__ = ["DIALECTS", "LENIENT"]

LENIENT = Dialect(
    name="openrouter",
    form="openai-chat",
    wires=CHAT,
    providers=("openrouter*",),
    names=NAME_64,
    source="https://openrouter.ai/docs/features/tool-calling",
    checked=CHECKED,
    evidence="reported",
    doubts="The root must be an object; the other rules are those of the host that is chosen.",
)

DIALECTS: tuple[Dialect, ...] = (
    LENIENT,
    replace(
        MOONSHOT,
        name="openrouter-moonshot",
        providers=("openrouter*",),
        models=("kimi*", "moonshot*"),
        rank=50,
        doubts="Other hosts of these models take more; which one is chosen is not known before.",
    ),
    replace(
        LENIENT,
        name="openrouter-responses",
        form="openai-responses",
        wires=RESPONSES,
    ),
    replace(
        ANTHROPIC_DIALECT,
        name="openrouter-anthropic",
        providers=("openrouter*",),
        strict="",
        answers={},
        doubts="Whether strict tools are passed on was not found.",
    ),
)
