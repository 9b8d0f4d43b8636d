"""OpenAI Responses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sealegs.flow import Event
from sealegs.jsons import Json, is_object
from sealegs.perturbation.edits import ErrorKind
from sealegs_plugins.lenses.shared import at, with_member

from .changing import counted, replaced, without_parts
from .openai_words import openai_error
from .words import made_event

__all__ = ["ResponsesFaults"]

_ENDS = frozenset({"response.completed", "response.incomplete", "response.failed"})
_ENDED = frozenset({"completed", "incomplete"})
_ARGUMENTS = frozenset(
    {"response.function_call_arguments.delta", "response.custom_tool_call_input.delta"}
)
_OF_CALLS = ("response.function_call_arguments.", "response.custom_tool_call_input.")
_CALLS = frozenset({"function_call", "custom_tool_call"})


@dataclass(frozen=True, slots=True)
class ResponsesFaults:
    """The faults of responses.

    A response does not say that it ended in order to call tools: that, too, is ``completed``.
    """

    name: str = "openai-responses"
    wires: frozenset[str] = frozenset({"openai-responses"})

    def error(self, kind: ErrorKind, status: int, message: str, /) -> Json:
        """Give the body of a refusal."""
        return {"error": self._error(kind, message)}

    def stream_error(self, kind: ErrorKind, message: str, /) -> Event:
        """Give the event ``error``.

        OpenAI's documentation has its members beside ``type``; what servers send, and what the
        official clients raise for, has them in a member ``error`` (BerriAI/litellm#32579).
        """
        data = {"type": "error", "sequence_number": 0, "error": self._error(kind, message)}
        return made_event("sse", "error", data)

    def carries(self, event: Event, /) -> bool:
        """Say whether an event brings a piece of an item, or begins a call."""
        kind = _kind(event.data)
        if kind == "response.output_item.added":
            return _is_call(event.data.get("item"))
        return kind.endswith(".delta") and bool(at(event.data, ("delta",)))

    def carries_arguments(self, event: Event, /) -> bool:
        """Say whether an event brings a piece of a call's arguments."""
        return _kind(event.data) in _ARGUMENTS and bool(at(event.data, ("delta",)))

    def done(self, event: Event, /) -> bool:
        """Say whether an event ends the response, which it repeats as a whole."""
        return _kind(event.data) in _ENDS or event.text.strip() == b"[DONE]"

    def finished(self, value: Json, finish: Literal["stop", "length", "tool_calls"], /) -> Json:
        """Set the status of a response that has ended, and why it is incomplete."""
        if _kind(value) not in _ENDS:
            return _finished(value, finish)
        response = value.get("response")
        new = _finished(response, finish)
        if new is response:
            return value
        return {**value, "type": f"response.{new['status']}", "response": new}

    def modelled(self, value: Json, model: str, /) -> Json:
        """Set ``model``, of a response or of the one in an event."""
        for path in (("model",), ("response", "model")):
            value = replaced(value, path, model)
        return value

    def counted(self, value: Json, factor: float, /) -> Json:
        """Multiply what stands in ``usage``."""
        return counted(counted(value, ("usage",), factor), ("response", "usage"), factor)

    def without_calls(self, value: Json, /) -> Json:
        """Take out the items that are calls, and the events of them."""
        if _kind(value).startswith(_OF_CALLS):
            return None
        if is_object(value) and _is_call(value.get("item")):
            return None
        for path in (("output",), ("response", "output")):
            value = without_parts(value, path, _is_call)
        return value

    def _error(self, kind: ErrorKind, message: str) -> dict[str, Json]:
        error = openai_error(kind, message)
        return {**error, "param": "input"} if error["param"] == "messages" else error


def _kind(data: Json) -> str:
    kind = data.get("type") if is_object(data) else None
    return kind if isinstance(kind, str) else ""


def _is_call(item: Json) -> bool:
    return is_object(item) and item.get("type") in _CALLS


def _finished(response: Json, finish: str) -> Json:
    if not is_object(response) or response.get("status") not in _ENDED:
        return response
    if finish == "length":
        if response["status"] == "incomplete":
            return response
        return {
            **response,
            "status": "incomplete",
            "incomplete_details": {"reason": "max_output_tokens"},
        }
    if response["status"] == "completed":
        return response
    return with_member({**response, "status": "completed"}, "incomplete_details", None)
