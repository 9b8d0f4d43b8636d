"""Fault lenses: how the providers behind each wire format word what goes wrong."""

from __future__ import annotations

from sealegs.perturbation.saying import FaultLens
from sealegs.specs import hookimpl

from .anthropic import AnthropicFaults
from .bedrock import AnthropicBedrockFaults, ConverseFaults
from .chat import ChatFaults
from .cohere import CohereFaults
from .gemini import GeminiFaults
from .mistral import mistral_error
from .ollama import OllamaFaults
from .responses import ResponsesFaults

__all__ = ["ALL", "fault_lenses"]

ALL: tuple[FaultLens, ...] = (
    ChatFaults(),
    ResponsesFaults(),
    AnthropicFaults(),
    AnthropicBedrockFaults(),
    GeminiFaults(),
    ConverseFaults(),
    ChatFaults("mistral", frozenset({"mistral"}), mistral_error),
    OllamaFaults(),
    CohereFaults(),
)


@hookimpl
def fault_lenses() -> tuple[FaultLens, ...]:
    """Contribute the lenses."""
    return ALL
