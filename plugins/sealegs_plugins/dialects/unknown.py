"""What is assumed of a host that nobody knows: what every provider of its wire format takes.

What would cost meaning is left in: most hosts show the schema to the model, and look at its
outline alone.
"""

from __future__ import annotations

from dataclasses import replace

from sealegs.schema.dialect import Dialect, Shape

from .anthropic import LENIENT as ANTHROPIC_DIALECT
from .common import ANNOTATIONS, CHAT, CHECKED, IGNORED, NAME_64, RESPONSES, each
from .google import OPENAPI

__all__ = ["CHAT_DEFAULT", "DIALECTS", "RESPONSES_DEFAULT"]

_RANK = 900

# Strict mode goes out where a tool's author asks for it: who knows it takes it from OpenAI.
CHAT_DEFAULT = Dialect(
    name="unknown-openai-chat",
    form="openai-chat",
    wires=CHAT,
    rank=_RANK,
    strict="openai-chat-strict",
    keywords=each(ANNOTATIONS, IGNORED),
    shape=Shape(items=True),
    names=NAME_64,
    parameterless="object",
    source="the rules that OpenAI, DeepSeek, MiniMax, Groq and xAI have in common",
    checked=CHECKED,
    evidence="reported",
    doubts="A host may refuse more.",
)

RESPONSES_DEFAULT = replace(
    CHAT_DEFAULT,
    name="unknown-openai-responses",
    form="openai-responses",
    wires=RESPONSES,
    strict="openai-responses-strict",
)

DIALECTS: tuple[Dialect, ...] = (
    CHAT_DEFAULT,
    RESPONSES_DEFAULT,
    replace(
        ANTHROPIC_DIALECT,
        name="unknown-anthropic-messages",
        providers=("*",),
        rank=_RANK,
        strict="",
        answers={},
        keywords=each(ANNOTATIONS, IGNORED),
        parameterless="object",
        doubts="Which of Anthropic's rules hold there is not known; all are kept to.",
    ),
    # A proxy may know the older of the two forms alone.
    replace(
        OPENAPI,
        name="unknown-gemini",
        providers=("*",),
        rank=_RANK,
    ),
)
