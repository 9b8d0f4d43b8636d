"""Groq, which holds what the model wrote against the schema, and fails where it does not fit."""

from __future__ import annotations

from dataclasses import replace

from sealegs.schema.dialect import Budget, Dialect

from .common import CHAT, CHECKED, NAME_64
from .openai import STRICT as OPENAI_STRICT

__all__ = ["DIALECTS", "LENIENT"]

LENIENT = Dialect(
    name="groq",
    form="openai-chat",
    wires=CHAT,
    providers=("groq",),
    answers={"schema": "groq-strict"},
    budget=Budget(tools=128),
    names=NAME_64,
    source="groq 1.7.0: types/chat/completion_create_params.py, sipeed/picoclaw#400",
    checked=CHECKED,
    doubts="Calls that do not fit the schema are answered with tool_use_failed, so that the schema "
    "must not be narrower than what the model is told.",
)

DIALECTS: tuple[Dialect, ...] = (
    # Strict schemas do not go together with tools; they are for answers alone.
    LENIENT,
    replace(
        OPENAI_STRICT,
        name="groq-strict",
        answers={},
        providers=(),
        budget=LENIENT.budget,
        source="https://console.groq.com/docs/structured-outputs",
        doubts="Documented as OpenAI's rules; for answers only, without tools and without streams.",
    ),
)
