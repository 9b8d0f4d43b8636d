"""Which turns a provider refuses side by side. Every row has a source; all were read in 2026-11.

Most rules are about a shape that no client sends by itself, so that no recording can show them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from sealegs.perturbation.saying import Neighbour, TurnOrder

__all__ = ["ANTHROPIC", "ANY", "CONVERSE", "GEMINI", "MISTRAL", "MODELS", "UNKNOWN"]

_Pairs: TypeAlias = frozenset[tuple[Neighbour, Neighbour]]

_ENDS: Final[_Pairs] = frozenset({("", "assistant"), ("assistant", "")})
_MODEL_TWICE: Final[_Pairs] = frozenset({("assistant", "assistant")})
_USER_TWICE: Final[_Pairs] = frozenset({("user", "user")})
_TOOLS_BEHIND_USER: Final[_Pairs] = frozenset({("user", "tool"), ("tool", "tool")})
_BEHIND_TOOLS: Final[_Pairs] = frozenset({("tool", "user"), ("tool", "system")})
_SYSTEM_LATE: Final[_Pairs] = frozenset({("assistant", "system"), ("system", "")})
_SYSTEM_ASIDE: Final[_Pairs] = frozenset({("system", "assistant")})

ANY: Final = TurnOrder(
    evidence="recorded",
    source="recorded requests begin with a turn of the model's, have one behind another, and one "
    "of the user's behind a tool's",
)
"""OpenAI's formats: only calls and their results are tied to each other."""

UNKNOWN: Final = TurnOrder(evidence="reported", source="nobody has told of a rule")
"""Ollama's and Cohere's."""

ANTHROPIC: Final = TurnOrder(
    _ENDS | _MODEL_TWICE | _USER_TWICE | _TOOLS_BEHIND_USER | _BEHIND_TOOLS,
    evidence="reported",
    source="anthropics/anthropic-sdk-typescript#565 (Anthropic itself joins what does not "
    "alternate, the same models on Bedrock refuse it), livekit/agents#669 (the user comes first)",
)

CONVERSE: Final = TurnOrder(
    _ENDS | _MODEL_TWICE | _USER_TWICE | _TOOLS_BEHIND_USER | _BEHIND_TOOLS,
    evidence="reported",
    source="langchain-ai/langchain-aws#130 and #192 (turns alternate), langgenius/dify#12340 (the "
    "user comes first), microsoft/semantic-kernel#10281 (and last)",
)

GEMINI: Final = TurnOrder(
    _ENDS | _MODEL_TWICE | _USER_TWICE,
    evidence="reported",
    source="google-gemini/gemini-cli#26486 and #11814 (a call comes behind the user or a result), "
    "Portkey-AI/gateway#246 (two turns of the user's), songquanpeng/one-api#836 (the last turn is "
    "not the model's); recorded requests have a user's turn behind a result",
)

MISTRAL: Final = TurnOrder(
    _ENDS | _MODEL_TWICE | _BEHIND_TOOLS | _SYSTEM_LATE | _SYSTEM_ASIDE,
    evidence="reported",
    source="mistralai/mistral-common#169 and its validator, avante-corp/avante.nvim#2562, "
    "onyx-dot-app/onyx#6458 (error 3230). Two turns of the model's, one at the start and one "
    "behind the system are not refused everywhere: they are parted so that a prefix holds",
)

_ELSEWHERE: Final = TurnOrder(
    MISTRAL.refused,
    evidence="reported",
    source="charmbracelet/crush#279 (behind OpenRouter), onyx-dot-app/onyx#6458 (on Azure), "
    "mistralai/mistral-common#169 (vLLM), aliou/pi-neuralwatt#12 (Devstral at another host)",
)

MODELS: Final[Sequence[tuple[str, TurnOrder]]] = tuple(
    (f"*{name}*", _ELSEWHERE)
    for name in (
        "mistral",
        "ministral",
        "magistral",
        "mixtral",
        "devstral",
        "codestral",
        "pixtral",
        "voxtral",
    )
)
"""Mistral's models, which keep their rule wherever they are served by OpenAI's format."""
