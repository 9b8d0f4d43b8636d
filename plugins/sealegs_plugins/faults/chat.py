"""Chat completions, at OpenAI and at the servers that are like it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from sealegs.flow import Event
from sealegs.jsons import Json, is_object
from sealegs.perturbation.edits import ErrorKind
from sealegs_plugins.lenses.shared import at, items, with_member, without

from .changing import counted, each, replaced
from .openai_words import openai_error
from .words import made_event

__all__ = ["ChatFaults", "call_arguments", "is_said", "without_message_calls"]

_SILENT = frozenset({"role", "index", "id", "type", "annotations"})


def is_said(message: Json) -> bool:
    """Say whether a message, or a piece of one, says anything: text, reasoning or a call.

    >>> is_said({"role": "assistant", "content": ""}), is_said({"reasoning": "Well"})
    (False, True)
    """
    if not is_object(message):
        return False
    return any(bool(value) for name, value in message.items() if name not in _SILENT)


def without_message_calls(message: Json) -> Json:
    """Give a message, or a piece of one, without its calls."""
    if is_object(message) and message.get("tool_calls"):
        message = without(message, "tool_calls")
    legacy = at(message, ("function_call",))
    if is_object(legacy) and any(legacy.values()):  # some servers send one with nothing in it
        message = without(message, "function_call")
    return message


def call_arguments(message: Json) -> list[Json]:
    """Give what the calls of a message have of arguments, or of a custom tool's input."""
    found = [at(call, path) for call in items(message, "tool_calls") for path in _ARGUMENTS]
    return [one for one in (*found, at(message, ("function_call", "arguments"))) if one]


_ARGUMENTS = (("function", "arguments"), ("custom", "input"))


@dataclass(frozen=True, slots=True)
class ChatFaults:
    """The faults of chat completions.

    Attributes:
        name: the lens's name.
        wires: the names of the wire formats that it is for.
        made: gives the body of an error by kind, message and status, where it is not OpenAI's.
    """

    name: str = "openai-chat"
    wires: frozenset[str] = frozenset({"openai-chat"})
    made: Callable[[ErrorKind, str, int], dict[str, Json]] | None = None

    def error(self, kind: ErrorKind, status: int, message: str, /) -> Json:
        """Give the body of a refusal."""
        if self.made is not None:
            return self.made(kind, message, status)
        return {"error": openai_error(kind, message)}

    def stream_error(self, kind: ErrorKind, message: str, /) -> Event:
        """Give the chunk with an error in it (sashabaranov/go-openai#396)."""
        made = self.made
        error = openai_error(kind, message) if made is None else made(kind, message, 0)
        return made_event("sse", "", {"error": error})

    def carries(self, event: Event, /) -> bool:
        """Say whether any choice goes on."""
        return any(is_said(at(one, ("delta",))) for one in items(event.data, "choices"))

    def carries_arguments(self, event: Event, /) -> bool:
        """Say whether the arguments of a call go on."""
        return any(call_arguments(at(one, ("delta",))) for one in items(event.data, "choices"))

    def done(self, event: Event, /) -> bool:
        """Say whether an event is ``[DONE]``."""
        return event.text.strip() == b"[DONE]"

    def finished(self, value: Json, finish: Literal["stop", "length", "tool_calls"], /) -> Json:
        """Give every choice that has ended another ``finish_reason``."""
        return each(value, "choices", lambda one: replaced(one, ("finish_reason",), finish))

    def modelled(self, value: Json, model: str, /) -> Json:
        """Set ``model``."""
        return replaced(value, ("model",), model)

    def counted(self, value: Json, factor: float, /) -> Json:
        """Multiply what stands in ``usage``."""
        return counted(value, ("usage",), factor)

    def without_calls(self, value: Json, /) -> Json:
        """Take the calls out of every choice."""
        new = each(value, "choices", _without_calls)
        if new is value:
            return value
        left = [_says_more(choice) for choice in items(new, "choices")]
        return new if any(left) or new.get("usage") else None


def _without_calls(choice: Json) -> Json:
    for name in ("message", "delta"):
        said = choice.get(name) if is_object(choice) else None
        if is_object(said):
            choice = with_member(choice, name, without_message_calls(said))
    return choice


def _says_more(choice: Mapping[str, Json]) -> bool:
    """Say whether a choice without its calls is still worth an event; a whole one always is."""
    if "message" in choice or choice.get("finish_reason"):
        return True
    delta = choice.get("delta")
    return is_said(delta) or (is_object(delta) and "role" in delta)
