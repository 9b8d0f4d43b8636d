"""Where wire formats keep tools and calls: one file for each."""

from __future__ import annotations

from sealegs.calls.saying import ToolLens
from sealegs.specs import hookimpl

from .anthropic import AnthropicBlocks, AnthropicLens
from .chat import ChatLens
from .cohere import CohereLens
from .converse import ConverseLens
from .gemini import GeminiLens
from .ollama import OllamaLens
from .responses import ResponsesLens

__all__ = ["ALL", "tool_lenses"]

ALL: tuple[ToolLens, ...] = (
    ChatLens(),
    ChatLens("mistral", frozenset({"mistral"})),
    ResponsesLens(),
    AnthropicLens(),
    AnthropicLens(
        "anthropic-bedrock",
        frozenset({"anthropic-bedrock"}),
        blocks=AnthropicBlocks(framing="aws-eventstream"),
    ),
    GeminiLens(),
    ConverseLens(),
    OllamaLens(),
    CohereLens(),
)


@hookimpl
def tool_lenses() -> tuple[ToolLens, ...]:
    """Contribute the lenses."""
    return ALL
