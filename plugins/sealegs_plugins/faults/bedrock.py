"""Bedrock: exceptions, as a body and as frames of a binary stream."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sealegs.flow import Event
from sealegs.jsons import Json, dump, is_object
from sealegs.perturbation.edits import ErrorKind
from sealegs_plugins.lenses.shared import at

from .anthropic import AnthropicFaults
from .changing import counted, replaced, without_parts
from .words import Table, Words

__all__ = ["AWS", "AnthropicBedrockFaults", "ConverseFaults", "exception_event"]

_CONVERSE = "https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html"
_CODES = "https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html"

AWS: Table = {
    "rate_limit": Words(
        type="ThrottlingException",
        message="Too many requests, please wait before trying again.",
        source="i-dot-ai/caddy-chatbot#97",
        evidence="reported",
    ),
    "overloaded": Words(
        type="ServiceUnavailableException",
        message="Bedrock is unable to process your request.",
        source=_CODES,
        plain=True,
    ),
    "server_error": Words(
        type="InternalServerException",
        message="The system encountered an unexpected error during processing. Try your request "
        "again.",
        source=_CONVERSE,
        plain=True,
    ),
    "bad_gateway": Words(
        type="InternalServerException", message="Bad Gateway", source=_CODES, plain=True
    ),
    "unavailable": Words(
        type="ServiceUnavailableException",
        message="The service isn't currently available. Try again later.",
        source=_CONVERSE,
    ),
    "gateway_timeout": Words(
        type="ModelTimeoutException",
        message="Model has timed out in processing the request. Try your request again.",
        source=_CONVERSE,
        plain=True,
    ),
    "context_length": Words(
        type="ValidationException",
        message="Input is too long for requested model.",
        source="aws-samples/bedrock-chat#95",
        evidence="reported",
    ),
    "bad_request": Words(
        type="ValidationException",
        message="The input fails to satisfy the constraints specified by Amazon Bedrock.",
        source=_CONVERSE,
    ),
    "authentication": Words(
        type="UnrecognizedClientException",
        message="The security token included in the request is invalid.",
        source=_CODES,
        plain=True,
    ),
    "permission": Words(
        type="AccessDeniedException",
        message="You do not have sufficient permissions to perform the requested action.",
        source=_CODES,
    ),
    "quota": Words(
        type="ThrottlingException",
        message="Too many tokens per day, please wait before trying again.",
        source="as anthropics/claude-code#236, which has it without the day",
        evidence="reported",
        plain=True,
    ),
    "not_found": Words(
        type="ResourceNotFoundException",
        message="Could not resolve the foundation model from the provided model identifier.",
        source=_CODES,
        plain=True,
    ),
}

_IN_STREAM: Mapping[str, str] = {
    "ThrottlingException": "throttlingException",
    "ServiceUnavailableException": "serviceUnavailableException",
    "InternalServerException": "internalServerException",
    "ModelTimeoutException": "modelStreamErrorException",
}
"""What a stream can say of an exception; all else is a ``validationException``."""


def _body(kind: ErrorKind, message: str) -> dict[str, Json]:
    """Give a body. A header names the exception too; clients also read it from here."""
    words = AWS[kind]
    return {"message": message or words.message, "__type": words.type}


def exception_event(kind: ErrorKind, message: str) -> Event:
    """Make the frame of an exception, which ends a stream.

    >>> event = exception_event("rate_limit", "")
    >>> event.name, event.data
    ('throttlingException', {'message': 'Too many requests, please wait before trying again.'})
    """
    words = AWS[kind]
    name = _IN_STREAM.get(words.type, "validationException")
    data: dict[str, Json] = {"message": message or words.message}
    text = dump(data)
    headers = b"".join(
        _header(key, value)
        for key, value in (
            (":exception-type", name),
            (":content-type", "application/json"),
            (":message-type", "exception"),
        )
    )
    prelude = struct.pack(">II", 16 + len(headers) + len(text), len(headers))
    frame = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + text
    return Event(frame + struct.pack(">I", zlib.crc32(frame)), name, text, data)


def _header(name: str, value: str) -> bytes:
    """Write a header whose value is text, the seventh of the types there are."""
    return (
        struct.pack(">B", len(name))
        + name.encode()
        + struct.pack(">BH", 7, len(value))
        + (value.encode())
    )


@dataclass(frozen=True, slots=True)
class AnthropicBedrockFaults(AnthropicFaults):
    """The faults of Anthropic's models by ``invoke``: their replies, but Bedrock's errors."""

    name: str = "anthropic-bedrock"
    wires: frozenset[str] = frozenset({"anthropic-bedrock"})

    def error(self, kind: ErrorKind, status: int, message: str, /) -> Json:
        """Give the body of a refusal."""
        return _body(kind, message)

    def stream_error(self, kind: ErrorKind, message: str, /) -> Event:
        """Give the frame of an exception."""
        return exception_event(kind, message)


_FINISHES = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use"}
_START, _DELTA, _END = "contentBlockStart", "contentBlockDelta", "messageStop"


@dataclass(frozen=True, slots=True)
class ConverseFaults:
    """The faults of Converse, and of Amazon's own models by ``invoke``.

    By ``invoke`` an event's data stands in a member named as the event. No reply names its model.
    """

    name: str = "bedrock-converse"
    wires: frozenset[str] = frozenset({"bedrock-converse"})

    def error(self, kind: ErrorKind, status: int, message: str, /) -> Json:
        """Give the body of a refusal."""
        return _body(kind, message)

    def stream_error(self, kind: ErrorKind, message: str, /) -> Event:
        """Give the frame of an exception."""
        return exception_event(kind, message)

    def carries(self, event: Event, /) -> bool:
        """Say whether an event brings a piece of a block, or begins a call."""
        return any(
            at(event.data, path) is not None
            for within in ((), (_START,), (_DELTA,))
            for path in ((*within, "delta"), (*within, "start", "toolUse"))
        )

    def carries_arguments(self, event: Event, /) -> bool:
        """Say whether an event brings a piece of a call's input."""
        path = ("delta", "toolUse", "input")
        return bool(at(event.data, path) or at(event.data, (_DELTA, *path)))

    def done(self, event: Event, /) -> bool:
        """Say whether an event is ``messageStop``."""
        return event.name == _END or at(event.data, (_END,)) is not None

    def finished(self, value: Json, finish: Literal["stop", "length", "tool_calls"], /) -> Json:
        """Set ``stopReason``."""
        for path in (("stopReason",), (_END, "stopReason")):
            value = replaced(value, path, _FINISHES[finish])
        return value

    def modelled(self, value: Json, model: str, /) -> Json:
        """Give it back: no model is named."""
        return value

    def counted(self, value: Json, factor: float, /) -> Json:
        """Multiply what stands in ``usage``."""
        return counted(counted(value, ("usage",), factor), ("metadata", "usage"), factor)

    def without_calls(self, value: Json, /) -> Json:
        """Take out the blocks of calls, and the events that begin them or bring their input."""
        for within in ((), (_START,), (_DELTA,)):
            for member in ("start", "delta"):
                if at(value, (*within, member, "toolUse")) is not None:
                    return None
        return without_parts(value, ("output", "message", "content"), _is_call)


def _is_call(block: Json) -> bool:
    return is_object(block) and "toolUse" in block
