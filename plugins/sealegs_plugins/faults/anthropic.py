"""Anthropic Messages, at Anthropic and on Bedrock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sealegs.flow import Event
from sealegs.jsons import Json, is_object
from sealegs.perturbation.edits import ErrorKind
from sealegs_plugins.lenses.shared import at

from .changing import counted, replaced, without_parts
from .words import Table, Words, made_event

__all__ = ["ANTHROPIC", "AnthropicFaults"]

_ERRORS = "https://docs.claude.com/en/api/errors"

ANTHROPIC: Table = {
    "rate_limit": Words(
        type="rate_limit_error",
        message="This request would exceed the rate limit for your organization of 40,000 input "
        "tokens per minute. For details, refer to: "
        "https://docs.anthropic.com/en/api/rate-limits. You can see the response headers for "
        "current usage. Please reduce the prompt length or the maximum tokens requested, or try "
        "again later.",
        source="devoxx/DevoxxGenieIDEAPlugin#633, bhouston/mycoder#62",
        evidence="reported",
    ),
    "overloaded": Words(
        type="overloaded_error",
        message="Overloaded",
        source="anthropics/claude-code#35792, anthropics/anthropic-sdk-typescript#616",
        evidence="reported",
    ),
    "server_error": Words(
        type="api_error", message="Internal server error", source=_ERRORS, plain=True
    ),
    "bad_gateway": Words(type="api_error", message="Bad gateway", source=_ERRORS, plain=True),
    "unavailable": Words(
        type="api_error", message="Service unavailable", source=_ERRORS, plain=True
    ),
    "gateway_timeout": Words(
        type="timeout_error", message="Request timed out", source=_ERRORS, plain=True
    ),
    "context_length": Words(
        type="invalid_request_error",
        message="prompt is too long: 202609 tokens > 200000 maximum",
        source="stackblitz-labs/bolt.diy#401",
        evidence="reported",
    ),
    "bad_request": Words(
        type="invalid_request_error",
        message="messages: Input does not match the expected shape.",
        source="0xPlaygrounds/rig:tests/cassettes/anthropic/strict_schema_matrix",
        evidence="recorded",
        plain=True,
    ),
    "authentication": Words(
        type="authentication_error",
        message="invalid x-api-key",
        source="crmne/ruby_llm:spec/fixtures/vcr_cassettes/chat_error_handling_with_anthropic",
        evidence="recorded",
    ),
    "permission": Words(
        type="permission_error",
        message="Your API key does not have permission to use the specified resource.",
        source=_ERRORS,
    ),
    "quota": Words(
        type="invalid_request_error",
        message="Your credit balance is too low to access the Anthropic API. Please go to "
        "Plans & Billing to upgrade or purchase credits.",
        source="anthropics/claude-code#66297",
        evidence="reported",
    ),
    "not_found": Words(
        type="not_found_error",
        message="model: no-such-model",
        source="pydantic/pydantic-ai:tests/cassettes/test_model_name_suggestions",
        evidence="recorded",
    ),
}

_FINISHES = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use"}


def _body(kind: ErrorKind, message: str) -> dict[str, Json]:
    words = ANTHROPIC[kind]
    error = {"type": words.type, "message": message or words.message}
    return {"type": "error", "error": error, "request_id": None}


@dataclass(frozen=True, slots=True)
class AnthropicFaults:
    """The faults of messages."""

    name: str = "anthropic-messages"
    wires: frozenset[str] = frozenset({"anthropic-messages"})

    def error(self, kind: ErrorKind, status: int, message: str, /) -> Json:
        """Give the body of a refusal."""
        return _body(kind, message)

    def stream_error(self, kind: ErrorKind, message: str, /) -> Event:
        """Give the event ``error``."""
        return made_event("sse", "error", _body(kind, message))

    def carries(self, event: Event, /) -> bool:
        """Say whether an event brings a piece of a block, or begins a call."""
        data = event.data
        kind = data.get("type") if is_object(data) else None
        if kind == "content_block_start":
            block = data.get("content_block")
            return _is_call(block) or bool(at(block, ("text",)) or at(block, ("thinking",)))
        return kind == "content_block_delta"

    def carries_arguments(self, event: Event, /) -> bool:
        """Say whether an event brings a piece of a call's input."""
        return bool(at(event.data, ("delta", "partial_json")))

    def done(self, event: Event, /) -> bool:
        """Say whether an event is ``message_stop``."""
        return event.name == "message_stop" or at(event.data, ("type",)) == "message_stop"

    def finished(self, value: Json, finish: Literal["stop", "length", "tool_calls"], /) -> Json:
        """Set ``stop_reason``, of a message or of what a stream says of it."""
        for path in (("stop_reason",), ("delta", "stop_reason")):
            value = replaced(value, path, _FINISHES[finish])
        return value

    def modelled(self, value: Json, model: str, /) -> Json:
        """Set ``model``, of a message or where a stream begins with it."""
        for path in (("model",), ("message", "model")):
            value = replaced(value, path, model)
        return value

    def counted(self, value: Json, factor: float, /) -> Json:
        """Multiply what stands in ``usage``."""
        for path in _USAGES:
            value = counted(value, path, factor)
        return value

    def without_calls(self, value: Json, /) -> Json:
        """Take out the blocks of calls.

        In a stream the block stays, as one of text with nothing in it: what numbers the other
        blocks, and what ends this one, could not be told from it.
        """
        if at(value, ("delta", "type")) == "input_json_delta":
            return None
        if is_object(value) and _is_call(value.get("content_block")):
            return {**value, "content_block": {"type": "text", "text": ""}}
        return without_parts(value, ("content",), _is_call)


_USAGES = (("usage",), ("message", "usage"), ("amazon-bedrock-invocationMetrics",))


def _is_call(block: Json) -> bool:
    return is_object(block) and block.get("type") == "tool_use"
