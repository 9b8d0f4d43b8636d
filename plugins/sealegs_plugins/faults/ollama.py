"""Ollama: an error is a text, whole or as a line of a stream."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sealegs.flow import Event
from sealegs.jsons import Json, is_object
from sealegs.perturbation.edits import ErrorKind
from sealegs_plugins.lenses.shared import at

from .changing import replaced
from .chat import call_arguments, is_said, without_message_calls
from .words import Table, Words, made_event

__all__ = ["OLLAMA", "OllamaFaults"]

_API = "https://docs.ollama.com/api/errors"

OLLAMA: Table = {
    "rate_limit": Words(type="", message="too many requests", source=_API, plain=True),
    "overloaded": Words(
        type="",
        message="server busy, please try again.  maximum pending requests exceeded",
        source="valentinfrlch/ha-llmvision#648",
        evidence="reported",
    ),
    "server_error": Words(
        type="", message="an error was encountered while running the model", source=_API
    ),
    "bad_gateway": Words(type="", message="bad gateway", source=_API, plain=True),
    "unavailable": Words(
        type="",
        message="Server overloaded, please retry shortly",
        source="ollama/ollama#15934",
        evidence="reported",
    ),
    "gateway_timeout": Words(
        type="", message="timed out waiting for llama runner to start", source=_API, plain=True
    ),
    "context_length": Words(
        type="",
        message="prompt too long; exceeded max context length by 1119046 tokens",
        source="crmne/ruby_llm:spec/fixtures/vcr_cassettes, of Ollama Cloud in the compatible form",
        evidence="recorded",
    ),
    "bad_request": Words(type="", message="invalid request", source=_API, plain=True),
    "authentication": Words(type="", message="unauthorized", source=_API),
    "permission": Words(type="", message="forbidden", source=_API, plain=True),
    "quota": Words(type="", message="you have reached your usage limit", source=_API, plain=True),
    "not_found": Words(type="", message="model 'no-such-model' not found", source=_API),
}

_FINISHES: Mapping[str, str] = {"stop": "stop", "length": "length", "tool_calls": "stop"}
_COUNTS = ("prompt_eval_count", "eval_count")


@dataclass(frozen=True, slots=True)
class OllamaFaults:
    """The faults of ``/api/chat``. A reply does not say that it ended in order to call tools."""

    name: str = "ollama"
    wires: frozenset[str] = frozenset({"ollama"})

    def error(self, kind: ErrorKind, status: int, message: str, /) -> Json:
        """Give the body of a refusal."""
        return {"error": message or OLLAMA[kind].message}

    def stream_error(self, kind: ErrorKind, message: str, /) -> Event:
        """Give the line that says an error."""
        return made_event("ndjson", "", self.error(kind, 0, message))

    def carries(self, event: Event, /) -> bool:
        """Say whether a line's message says anything."""
        return is_said(at(event.data, ("message",)))

    def carries_arguments(self, event: Event, /) -> bool:
        """Say whether a line has a call with arguments."""
        return bool(call_arguments(at(event.data, ("message",))))

    def done(self, event: Event, /) -> bool:
        """Say whether a line is the last one."""
        return at(event.data, ("done",)) is True

    def finished(self, value: Json, finish: Literal["stop", "length", "tool_calls"], /) -> Json:
        """Set ``done_reason``."""
        return replaced(value, ("done_reason",), _FINISHES[finish])

    def modelled(self, value: Json, model: str, /) -> Json:
        """Set ``model``."""
        return replaced(value, ("model",), model)

    def counted(self, value: Json, factor: float, /) -> Json:
        """Multiply the counts of what was read and said."""
        for name in _COUNTS:
            count = at(value, (name,))
            if type(count) is int:
                value = replaced(value, (name,), round(count * factor))
        return value

    def without_calls(self, value: Json, /) -> Json:
        """Take the calls out of a message; a line that says nothing more does not leave."""
        message = at(value, ("message",))
        if not is_object(message):
            return value
        new = without_message_calls(message)
        if new is message:
            return value
        return {**value, "message": new} if value.get("done") or is_said(new) else None
