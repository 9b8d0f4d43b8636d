"""Cohere: an error is a message with an id; a stream says it as it ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sealegs.flow import Event
from sealegs.jsons import Json, is_object
from sealegs.perturbation.edits import ErrorKind
from sealegs_plugins.lenses.shared import at

from .changing import counted, replaced
from .chat import is_said, without_message_calls
from .words import Table, Words, made_event

__all__ = ["COHERE", "CohereFaults"]

_ERRORS = "https://docs.cohere.com/reference/errors"
_ID = "00000000-0000-4000-8000-000000000000"

COHERE: Table = {
    "rate_limit": Words(
        type="RATE_LIMITED",
        message="You are past the per minute request limit, please wait and try again later.",
        source=_ERRORS,
    ),
    "overloaded": Words(
        type="UNAVAILABLE",
        message="The service is overloaded, try again later.",
        source=_ERRORS,
        plain=True,
    ),
    "server_error": Words(
        type="INTERNAL", message="internal server error", source=_ERRORS, plain=True
    ),
    "bad_gateway": Words(type="INTERNAL", message="bad gateway", source=_ERRORS, plain=True),
    "unavailable": Words(
        type="UNAVAILABLE", message="service unavailable", source=_ERRORS, plain=True
    ),
    "gateway_timeout": Words(type="TIMEOUT", message="gateway timeout", source=_ERRORS, plain=True),
    "context_length": Words(
        type="TOO_MANY_TOKENS",
        message="too many tokens: size limit exceeded by 25836 tokens. Try using shorter or fewer "
        "inputs. The limit for this model is 288000 tokens.",
        source="crmne/ruby_llm:spec/fixtures/vcr_cassettes/chat_real_error_scenarios_cohere",
        evidence="recorded",
    ),
    "bad_request": Words(
        type="BAD_REQUEST",
        message="invalid request: message must be at least 1 token long or tool results must be "
        "specified.",
        source=_ERRORS,
    ),
    "authentication": Words(
        type="UNAUTHORIZED", message="invalid api token", source=_ERRORS, plain=True
    ),
    "permission": Words(type="FORBIDDEN", message="forbidden", source=_ERRORS, plain=True),
    "quota": Words(
        type="RATE_LIMITED",
        message="You are using a Trial key, which is limited to 40 API calls / minute.",
        source=_ERRORS,
    ),
    "not_found": Words(
        type="NOT_FOUND",
        message="model 'no-such-model' not found, make sure the correct model ID was used and "
        "that you have access to the model.",
        source="0xPlaygrounds/rig:tests/cassettes/cohere/errors",
        evidence="recorded",
    ),
}

_FINISHES: Mapping[str, str] = {
    "stop": "COMPLETE",
    "length": "MAX_TOKENS",
    "tool_calls": "TOOL_CALL",
}
_MESSAGE = ("delta", "message")


@dataclass(frozen=True, slots=True)
class CohereFaults:
    """The faults of ``/v2/chat``. No reply names its model."""

    name: str = "cohere-v2"
    wires: frozenset[str] = frozenset({"cohere-v2"})

    def error(self, kind: ErrorKind, status: int, message: str, /) -> Json:
        """Give the body of a refusal; the kinds are named where a recorded one has a name."""
        words = COHERE[kind]
        named = {"error_type": words.type} if kind == "context_length" else {}
        return {"id": _ID, "message": message or words.message, **named}

    def stream_error(self, kind: ErrorKind, message: str, /) -> Event:
        """Give the ``message-end`` of a stream that failed."""
        delta = {"error": message or COHERE[kind].message, "finish_reason": "ERROR"}
        return made_event("sse", "message-end", {"type": "message-end", "delta": delta})

    def carries(self, event: Event, /) -> bool:
        """Say whether an event brings content, a plan, or a part of a call."""
        kind = at(event.data, ("type",))
        if kind == "content-start":
            content = at(event.data, (*_MESSAGE, "content"))
            return is_said(content)
        return kind in _CARRIES

    def carries_arguments(self, event: Event, /) -> bool:
        """Say whether an event brings arguments of a call."""
        return bool(at(event.data, (*_MESSAGE, "tool_calls", "function", "arguments")))

    def done(self, event: Event, /) -> bool:
        """Say whether an event is ``message-end``."""
        return at(event.data, ("type",)) == "message-end" or event.text.strip() == b"[DONE]"

    def finished(self, value: Json, finish: Literal["stop", "length", "tool_calls"], /) -> Json:
        """Set ``finish_reason``."""
        for path in (("finish_reason",), ("delta", "finish_reason")):
            value = replaced(value, path, _FINISHES[finish])
        return value

    def modelled(self, value: Json, model: str, /) -> Json:
        """Give it back: no model is named."""
        return value

    def counted(self, value: Json, factor: float, /) -> Json:
        """Multiply what stands in ``usage``."""
        return counted(counted(value, ("usage",), factor), ("delta", "usage"), factor)

    def without_calls(self, value: Json, /) -> Json:
        """Take the calls out of a message, and leave out the events of calls."""
        kind = at(value, ("type",))
        if isinstance(kind, str) and kind.startswith("tool-call-"):
            return None
        message = at(value, ("message",))
        if not is_object(message):
            return value
        new = without_message_calls(message)
        return value if new is message else {**value, "message": new}


_CARRIES = frozenset({"content-delta", "tool-plan-delta", "tool-call-start", "tool-call-delta"})
