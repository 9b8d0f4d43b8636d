"""MiniMax: a tool's parameters must be there, whatever the endpoint."""

from __future__ import annotations

from dataclasses import replace

from sealegs.schema.dialect import Dialect

from .anthropic import LENIENT as ANTHROPIC_DIALECT
from .common import CHAT, CHECKED, NAME_64, RESPONSES

__all__ = ["DIALECTS"]

_CHAT = Dialect(
    name="minimax",
    form="openai-chat",
    wires=CHAT,
    providers=("minimax*",),
    names=NAME_64,
    parameterless="object",
    source="QwenLM/qwen-code#11834, QwenLM/qwen-code#11905",
    checked=CHECKED,
    evidence="reported",
    doubts="No list of keywords was found.",
)

DIALECTS: tuple[Dialect, ...] = (
    _CHAT,
    replace(_CHAT, name="minimax-responses", form="openai-responses", wires=RESPONSES),
    replace(
        ANTHROPIC_DIALECT,
        name="minimax-anthropic",
        providers=("minimax*",),
        strict="",
        answers={},
        parameterless="object",
        source="MiniMax-AI/MiniMax-M2#76, QwenLM/qwen-code#11834",
        doubts="Which of Anthropic's rules hold there was not found; all are kept to.",
    ),
)
