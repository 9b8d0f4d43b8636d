"""The forms in which models give their reasoning, and take it back: one row each.

The codes D1 to D11 number the forms that providers are known to use. A row says where the form's
reasoning stands; the classes of this package know how it is taken out and put back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealegs.specs import hookimpl

from .details import DetailsField
from .fields import TextField
from .parts import PartsFormat
from .signatures import CallSignatures
from .tags import ThinkTags

if TYPE_CHECKING:
    from sealegs.knowledge import ReasoningFormat

__all__ = ["ALL", "reasoning_formats"]

_CHAT = frozenset({"openai-chat"})
_FOREIGN = frozenset({"openai-chat", "mistral"})
"""Mistral gives none of these fields, and refuses them; frameworks bring them along."""

_FIELDS = (
    TextField("reasoning_content", _FOREIGN, "reasoning_content"),  # D1
    TextField("reasoning", _FOREIGN, "reasoning"),  # D2
    DetailsField("reasoning_details", _FOREIGN, "reasoning_details"),  # D3
    ThinkTags("think_tags", frozenset({"openai-chat", "ollama"})),  # D4
    TextField("reasoning_text", _CHAT, "reasoning_text", seal="reasoning_opaque"),  # D11
    TextField("thinking", frozenset({"ollama"}), "thinking"),  # Ollama's own API
    CallSignatures(  # Gemini behind an OpenAI-compatible endpoint
        "thought_signatures",
        _CHAT,
        extra="extra_content",
        vendor="google",
        seal="thought_signature",
    ),
)

_PARTS = (
    PartsFormat(  # D5; a redacted block is nothing but data
        name="thinking_blocks",
        wires=frozenset({"anthropic-messages", "anthropic-bedrock"}),
        types=frozenset({"thinking", "redacted_thinking"}),
        seals={"signature": "", "data": ""},
        text_type="text",
        plain_part=lambda text: {"type": "thinking", "thinking": text},
    ),
    PartsFormat(  # D6; the API refuses an item that is not followed by what it led to
        name="reasoning_items",
        wires=frozenset({"openai-responses"}),
        member="items",
        types=frozenset({"reasoning"}),
        attributes=("phase",),
        seals={"encrypted_content": "", "id": "rs_"},
        loose="message",
        tied=frozenset({"message", "function_call", "custom_tool_call"}),
        paired=True,
        joint="\n\n",
        plain_part=lambda text: {
            "type": "reasoning",
            "summary": [],
            "content": [{"type": "reasoning_text", "text": text}],
        },
    ),
    PartsFormat(  # D7; a signature belongs to its part, and may come on an empty text
        name="thought_parts",
        wires=frozenset({"gemini"}),
        member="parts",
        flag="thought",
        attributes=("thoughtSignature", "thought_signature"),
        seals={"thoughtSignature": "", "thought_signature": ""},
        plain_part=lambda text: {"text": text, "thought": True},
    ),
    PartsFormat(  # D8
        name="reasoning_content_blocks",
        wires=frozenset({"bedrock-converse"}),
        keys=frozenset({"reasoningContent"}),
        seals={"signature": "", "redactedContent": ""},
        plain_part=lambda text: {"reasoningContent": {"reasoningText": {"text": text}}},
    ),
    PartsFormat(  # D9
        name="thinking_chunks",
        wires=frozenset({"mistral"}),
        types=frozenset({"thinking"}),
        seals={"signature": ""},
        text_type="text",
        plain_part=lambda text: {"type": "thinking", "thinking": [{"type": "text", "text": text}]},
    ),
    PartsFormat(  # Cohere v2: like D9, with the text itself
        name="thinking_items",
        wires=frozenset({"cohere-v2"}),
        types=frozenset({"thinking"}),
        text_type="text",
        plain_part=lambda text: {"type": "thinking", "thinking": text},
    ),
)

ALL: tuple[ReasoningFormat, ...] = (*_FIELDS, *_PARTS)
"""Every format, in no order that means anything."""


@hookimpl
def reasoning_formats() -> tuple[ReasoningFormat, ...]:
    """Contribute the formats of this package."""
    return ALL
