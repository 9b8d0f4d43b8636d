"""Zhipu and Z.ai. GLM is shown no definitions, so references are written out."""

from __future__ import annotations

from dataclasses import replace

from sealegs.schema.dialect import Dialect

from .anthropic import LENIENT as ANTHROPIC_DIALECT
from .common import CHAT, CHECKED, NAME_64, WRITTEN_OUT

__all__ = ["DIALECTS"]

DIALECTS: tuple[Dialect, ...] = (
    Dialect(
        name="zhipu",
        form="openai-chat",
        wires=CHAT,
        providers=("zhipu*",),
        references=WRITTEN_OUT,
        names=NAME_64,
        source="musistudio/claude-code-router#1004, pydantic/pydantic-ai#10243, "
        "agentscope: model/zhipu",
        checked=CHECKED,
        evidence="reported",
        doubts="No list of keywords was found. tool_choice takes auto alone.",
    ),
    replace(
        ANTHROPIC_DIALECT,
        name="zhipu-anthropic",
        providers=("zhipu*",),
        strict="",
        answers={},
        references=WRITTEN_OUT,
        source="pydantic/pydantic-ai#10243",
        checked=CHECKED,
        doubts="Which of Anthropic's rules hold there was not found; all are kept to.",
    ),
)
