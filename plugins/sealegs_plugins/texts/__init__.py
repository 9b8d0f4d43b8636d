"""Text lenses: where each wire format keeps what is said."""

from __future__ import annotations

from sealegs.perturbation.saying import TextLens
from sealegs.specs import hookimpl

from .blocks import AnthropicTexts, ConverseTexts
from .chat import ChatTexts
from .gemini import GeminiTexts
from .orders import MISTRAL, MODELS, UNKNOWN
from .responses import ResponsesTexts
from .results import ResultPlace

__all__ = ["ALL", "text_lenses"]

ALL: tuple[TextLens, ...] = (
    ChatTexts(models=MODELS),
    ChatTexts("mistral", frozenset({"mistral"}), turns=MISTRAL),
    ResponsesTexts(),
    AnthropicTexts(),
    GeminiTexts(),
    ConverseTexts(),
    ChatTexts(
        "ollama",
        frozenset({"ollama"}),
        ResultPlace(id="tool_call_id", names=("tool_name", "name")),
        UNKNOWN,
    ),
    ChatTexts(
        "cohere-v2",
        frozenset({"cohere-v2"}),
        ResultPlace(id="tool_call_id", held=("document", "data")),
        UNKNOWN,
    ),
)


@hookimpl
def text_lenses() -> tuple[TextLens, ...]:
    """Contribute the lenses."""
    return ALL
