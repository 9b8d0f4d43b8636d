"""Gemini: errors as Google's APIs say them, with a code and a status in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sealegs.flow import Event
from sealegs.jsons import Json, is_array, is_object
from sealegs.perturbation.edits import ErrorKind
from sealegs_plugins.lenses.gemini_parts import call_of
from sealegs_plugins.lenses.shared import at, items, mapped

from .changing import counted, each, replaced, without_parts
from .words import Table, Words, made_event

__all__ = ["GOOGLE", "GeminiFaults"]

_GUIDE = "https://ai.google.dev/gemini-api/docs/troubleshooting"
_CODES = "https://cloud.google.com/apis/design/errors"

GOOGLE: Table = {
    "rate_limit": Words(
        type="RESOURCE_EXHAUSTED",
        code=429,
        message="Resource has been exhausted (e.g. check quota).",
        source="google-gemini/gemini-cli#19976",
        evidence="reported",
    ),
    "overloaded": Words(
        type="UNAVAILABLE",
        code=503,
        message="The model is overloaded. Please try again later.",
        source="google-gemini/gemini-cli#5191",
        evidence="reported",
    ),
    "server_error": Words(
        type="INTERNAL", code=500, message="Internal error encountered.", source=_GUIDE, plain=True
    ),
    "bad_gateway": Words(
        type="UNAVAILABLE", code=502, message="Bad Gateway", source=_CODES, plain=True
    ),
    "unavailable": Words(
        type="UNAVAILABLE",
        code=503,
        message="The service is currently unavailable.",
        source=_CODES,
        plain=True,
    ),
    "gateway_timeout": Words(
        type="DEADLINE_EXCEEDED",
        code=504,
        message="Deadline expired before operation could complete.",
        source=_GUIDE,
        plain=True,
    ),
    "context_length": Words(
        type="INVALID_ARGUMENT",
        code=400,
        message="The input token count exceeds the maximum number of tokens allowed 1048576.",
        source="google-gemini/gemini-cli#15184",
        evidence="reported",
    ),
    "bad_request": Words(
        type="INVALID_ARGUMENT",
        code=400,
        message="Request contains an invalid argument.",
        source=_GUIDE,
        plain=True,
    ),
    "authentication": Words(
        type="UNAUTHENTICATED",
        code=401,
        message="Request had invalid authentication credentials.",
        source=_CODES,
        plain=True,
    ),
    "permission": Words(
        type="PERMISSION_DENIED", code=403, message="Permission denied.", source=_GUIDE, plain=True
    ),
    "quota": Words(
        type="RESOURCE_EXHAUSTED",
        code=429,
        message="You exceeded your current quota, please check your plan and billing details. For "
        "more information on this error, head to: "
        "https://ai.google.dev/gemini-api/docs/rate-limits.",
        source="continuedev/continue#10062",
        evidence="reported",
    ),
    "not_found": Words(
        type="NOT_FOUND",
        code=404,
        message="The requested model was not found.",
        source="open-telemetry/opentelemetry-python-contrib:instrumentation-vertexai/tests/cassettes",
        evidence="recorded",
        plain=True,
    ),
}

_FINISHES = {"stop": "STOP", "length": "MAX_TOKENS", "tool_calls": "STOP"}


@dataclass(frozen=True, slots=True)
class GeminiFaults:
    """The faults of ``generateContent``.

    A candidate does not say that it ended in order to call functions: that, too, is ``STOP``. Its
    streams have no mark of their end.
    """

    name: str = "gemini"
    wires: frozenset[str] = frozenset({"gemini"})

    def error(self, kind: ErrorKind, status: int, message: str, /) -> Json:
        """Give the body of a refusal."""
        words = GOOGLE[kind]
        said = message or words.message
        return {"error": {"code": status or words.code, "message": said, "status": words.type}}

    def stream_error(self, kind: ErrorKind, message: str, /) -> Event:
        """Give the chunk that says an error; it has the form of a refusal's body."""
        return made_event("sse", "", self.error(kind, 0, message))

    def carries(self, event: Event, /) -> bool:
        """Say whether a part has text, a thought, a call, or anything else but a signature."""
        return any(_says(part) for part in _parts(event.data))

    def carries_arguments(self, event: Event, /) -> bool:
        """Say whether a part calls with arguments, or brings more of them."""
        calls = [call for part in _parts(event.data) if (call := call_of(part))]
        return any(call.get("args") or call.get("partialArgs") for call in calls)

    def done(self, event: Event, /) -> bool:
        """Say no."""
        return False

    def finished(self, value: Json, finish: Literal["stop", "length", "tool_calls"], /) -> Json:
        """Give every candidate that has ended another ``finishReason``."""
        path, new = ("finishReason",), _FINISHES[finish]
        return _each(value, lambda one: each(one, "candidates", lambda c: replaced(c, path, new)))

    def modelled(self, value: Json, model: str, /) -> Json:
        """Set ``modelVersion``."""
        return _each(value, lambda one: replaced(one, ("modelVersion",), model))

    def counted(self, value: Json, factor: float, /) -> Json:
        """Multiply what stands in ``usageMetadata``."""
        return _each(value, lambda one: counted(one, ("usageMetadata",), factor))

    def without_calls(self, value: Json, /) -> Json:
        """Take out the parts that are calls; a chunk that says nothing more does not leave."""
        path = ("content", "parts")
        new = _each(
            value,
            lambda one: each(
                one, "candidates", lambda c: without_parts(c, path, lambda p: bool(call_of(p)))
            ),
        )
        if new is value or is_array(new):
            return new
        ended = any(one.get("finishReason") for one in items(new, "candidates"))
        return new if ended or any(map(_says, _parts(new))) else None


def _each(value: Json, change: Callable[[Json], Json]) -> Json:
    """Change a reply, or each of the chunks that a stream without ``alt=sse`` lists."""
    return mapped(value, change) if is_array(value) else change(value)


def _parts(data: Json) -> list[Json]:
    return [
        part
        for candidate in items(data, "candidates")
        for part in items(at(candidate, ("content",)), "parts")
    ]


def _says(part: Json) -> bool:
    if not is_object(part):
        return False
    return any(bool(value) for name, value in part.items() if not name.startswith("thought"))
