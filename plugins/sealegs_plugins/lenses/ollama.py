"""Ollama's own chat: calls come whole, their arguments are objects, and few have ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sealegs.calls.saying import Mender, SaidCall
from sealegs.flow import Event, Filter
from sealegs.jsons import Json, is_array, is_object
from sealegs.wire import Document, Message

from .hearing import Ear, Pen
from .shared import (
    CallPlace,
    first_schema,
    items,
    mapped,
    named_alike,
    with_member,
)

__all__ = ["OllamaFilter", "OllamaLens"]

_CALL = CallPlace("function", parsed=True)
_ENDS = frozenset({"message", "done", "done_reason"})


@dataclass(frozen=True, slots=True)
class OllamaLens:
    """The lens of ``/api/chat``."""

    name: str = "ollama"
    wires: frozenset[str] = frozenset({"ollama"})
    tools: str = "tools"
    legacy_tools: str = ""
    identified: bool = False

    def renamed(self, document: Document, rename: Callable[[str], str], /) -> Mapping[str, Json]:
        """Give nothing: no parameter names a tool."""
        return {}

    def answer_schema(self, document: Document, /) -> tuple[str, Json] | None:
        """Find the schema that ``format`` may be."""
        return first_schema(document, ("format",))

    def with_calls(self, message: Message, edit: Callable[[SaidCall], SaidCall], /) -> Message:
        """Edit the calls of a message, or the name of a result."""
        if message.get("role") == "tool":
            name = "tool_name" if message.get("tool_name") else "name"
            named: Message = named_alike(message, name, "tool_call_id", edit)
            return named
        return _with_edited(message, edit)

    def mended(self, reply: Json, mender: Mender, /) -> Json:
        """Mend the message."""
        message = reply.get("message") if is_object(reply) else None
        if not is_object(message):
            return reply
        ear = Ear(mender)
        new = _heard(message, ear)
        rest = ear.end(0)
        if rest:
            new = {**new, "content": str(new.get("content") or "") + rest}
        new = _with_edited(new, lambda call: ear.call(0, call))
        found = [_CALL.made(call) for call in ear.found(0)]
        if found:
            new = {**new, "tool_calls": [*items(new, "tool_calls"), *found]}
        return with_member(reply, "message", new)

    def filter(self, mender: Mender, /) -> Filter:
        """Make the filter of a stream of lines."""
        return OllamaFilter(mender)

    def answered(self, reply: Json, texts: Sequence[str], /) -> Sequence[Message]:
        """Answer each call by a message of the tool's."""
        message = reply.get("message") if is_object(reply) else None
        calls = items(message, "tool_calls")
        if not is_object(message) or len(texts) < len(calls):
            return ()
        said: list[Message] = [{"role": "assistant", **message}]
        for call, text in zip(calls, texts, strict=False):
            one = _CALL.read(call)
            named = {"tool_name": one.name, **({"tool_call_id": one.id} if one.id else {})}
            said.append({"role": "tool", **named, "content": text})
        rest = "\n\n".join(texts[len(calls) :])
        return [*said, {"role": "user", "content": rest}] if rest else said

    def generation(self, refusal: Json, /) -> Json:
        """Give nothing: no error quotes a generation."""
        return None


def _with_edited(message: Message, edit: Callable[[SaidCall], SaidCall]) -> Message:
    calls = message.get("tool_calls")
    if not is_array(calls):
        return message
    new = mapped(calls, lambda call: _CALL.edited(call, edit))
    return with_member(message, "tool_calls", new)


def _heard(message: Message, ear: Ear) -> Message:
    """Give a message with what may leave of its text."""
    content = message.get("content")
    if not ear.reads or not isinstance(content, str) or not content:
        return message
    text = ear.text(0, content)
    return message if text == content else {**message, "content": text}


class OllamaFilter:
    """Edits a stream of lines. Calls found in text leave before the last line."""

    __slots__ = ("_ear", "_like", "_pen")

    def __init__(self, mender: Mender) -> None:
        self._ear, self._pen = Ear(mender), Pen("ndjson")
        self._like: Event | None = None

    def feed(self, event: Event, /) -> Iterable[Event]:
        """Take a line, and give what goes on in its place."""
        data = event.data
        message = data.get("message") if is_object(data) else None
        done = is_object(data) and data.get("done") is True
        if not (done or self._concerns(message)):
            return (event,)
        self._ear.step()
        self._like = event
        new: Message = message if is_object(message) else {}
        if new:
            new = _with_edited(_heard(new, self._ear), lambda call: self._ear.call(0, call))
        said = bool(new.get("content"))
        rest = self._ear.end(0) if done else ""
        if rest and said:
            new = {**new, "content": new["content"] + rest}
        out = self._rest("" if said else rest) if done else []
        if new is message or not is_object(message):
            out.append(event)
        elif done or _says_something(new):
            out.append(self._pen.event(event, {**data, "message": new}))
        return out

    def _concerns(self, message: Json) -> bool:
        if not is_object(message):
            return False
        return bool(message.get("tool_calls") or (self._ear.reads and message.get("content")))

    def close(self) -> Iterable[Event]:
        """Give what was held."""
        self._ear.step()
        return self._rest(self._ear.end(0))

    def release(self) -> Iterable[Event] | None:
        """Give what was held, raw."""
        owed = self._ear.owed()
        if owed is None:
            return None
        return [self._line({"content": text}) for text in owed.values()]

    def _rest(self, text: str) -> list[Event]:
        """Give the line that brings held text and the calls that were found."""
        found = [_CALL.made(call) for call in self._ear.found(0)]
        if not (text or found):
            return []
        calls: Message = {"tool_calls": found} if found else {}
        return [self._line({"content": text, **calls})]

    def _line(self, message: Message) -> Event:
        like = self._like
        assert like is not None, "what is held came with an event"
        counts = ("_duration", "_count")
        head = {k: v for k, v in like.data.items() if k not in _ENDS and not k.endswith(counts)}
        said = {"role": "assistant", **message}
        return self._pen.event(like, {**head, "message": said, "done": False})


def _says_something(message: Message) -> bool:
    """Say whether an edited message still has anything in it."""
    return any(value for name, value in message.items() if name != "role")
