"""The wire formats, one module each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealegs.specs import hookimpl

from .anthropic import AnthropicBedrock, AnthropicMessages
from .cohere import CohereV2
from .converse import BedrockConverse
from .gemini import Gemini
from .mistral import Mistral
from .ollama import Ollama
from .openai_chat import OpenAIChat
from .openai_responses import OpenAIResponses

if TYPE_CHECKING:
    from sealegs.wire import Wire

__all__ = ["ALL", "wires"]

ALL: tuple[Wire, ...] = (
    OpenAIChat(),
    OpenAIResponses(),
    AnthropicMessages(),
    AnthropicBedrock(),
    Gemini(),
    BedrockConverse(),
    Mistral(),
    Ollama(),
    CohereV2(),
)


@hookimpl
def wires() -> tuple[Wire, ...]:
    """Contribute the wire formats."""
    return ALL
