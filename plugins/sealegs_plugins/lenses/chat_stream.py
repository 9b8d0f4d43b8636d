"""Chat completion chunks, edited on their way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sealegs.calls.saying import Mender
from sealegs.flow import Event
from sealegs.jsons import Json, is_array, is_object

from .chat_calls import LEGACY, CallsComing
from .chat_parts import CUT, heard_part, reason_of, text_part
from .hearing import Ear, Pen
from .shared import items, unchanged, with_member, without

__all__ = ["ChatFilter"]

Delta = dict[str, Json]
_ENDS = frozenset({"choices", "usage", "obfuscation", "p", "x_groq"})
_EMPTY: tuple[Json, ...] = (None, "", [])


class ChatFilter:
    """Edits a stream of chunks. Calls found in text leave with the finish reason, behind others."""

    __slots__ = ("_called", "_calls", "_ear", "_like", "_now", "_pen")

    def __init__(self, mender: Mender) -> None:
        self._ear, self._pen = Ear(mender), Pen("sse")
        self._calls: dict[int, CallsComing] = {}
        self._called: set[int] = set()
        self._like: Event | None = None
        self._now: Event | None = None

    def feed(self, event: Event, /) -> Iterable[Event]:
        """Take a chunk, and give what goes on in its place."""
        data = event.data
        choices = data.get("choices") if is_object(data) else None
        if not choices:
            return (event,) if data != "[DONE]" else (*self._rest(cut=False), event)
        if len(choices) == 1 and self._ear.reads:
            passed = self._plain(event, choices[0])
            if passed is not None:
                return passed
        for choice in choices:
            if self._concerns(choice):
                return self._edited(event, choices)
        return (event,)

    def close(self) -> Iterable[Event]:
        """Give what was held."""
        return self._rest(cut=True)

    def release(self) -> Iterable[Event] | None:
        """Give what was held, raw."""
        owed = self._ear.owed()
        if owed is None:
            return None
        like = self._like
        if like is None:
            return ()
        out = [self._chunk(like, number, {"content": text}) for number, text in owed.items()]
        for number, calls in self._calls.items():
            out += [self._chunk(like, number, delta) for delta in calls.raw(self._now)]
        return out

    def _plain(self, event: Event, choice: Json) -> Sequence[Event] | None:
        """Take a piece of text with nothing else to look at, as nearly all chunks are."""
        delta = choice.get("delta") if is_object(choice) else None
        if not is_object(delta) or choice.get("finish_reason"):
            return None
        content = delta.get("content")
        if not isinstance(content, str) or not content:
            return None
        if delta.get("tool_calls") or delta.get(LEGACY):
            return None
        self._begin(event)
        number = choice.get("index", 0)
        begun = number in self._calls
        if not begun:
            self._calls[number] = CallsComing(number, self._ear)
        text = self._ear.text(number, content)
        if text == content:
            return (event,)
        new = {**choice, "delta": _left(_with_text(delta, text), begun=begun)}
        return self._written(event, [new] if _says_something(new) else [])

    def _begin(self, event: Event) -> None:
        self._ear.step()
        self._now = self._like = event

    def _written(self, event: Event, choices: Sequence[Json]) -> Sequence[Event]:
        """Write a chunk with other choices; nothing where there is none, and no usage."""
        if not choices and not event.data.get("usage"):
            return ()
        return (self._pen.event(event, {**event.data, "choices": choices}),)

    def _concerns(self, choice: Json) -> bool:
        """Say whether there is anything to look at."""
        if not is_object(choice):
            return False
        if choice.get("finish_reason"):
            return True
        delta = choice.get("delta") or choice.get("message")
        if not is_object(delta):
            return False
        if self._ear.reads and delta.get("content"):
            return True
        return bool(delta.get("tool_calls") or delta.get(LEGACY))

    def _edited(self, event: Event, choices: Sequence[Json]) -> Sequence[Event]:
        self._begin(event)
        before: list[Event] = []
        new: list[Json] = []
        for place, choice in enumerate(choices):
            changed = self._choice(event, choice, place, before) if is_object(choice) else choice
            if changed is choice or _says_something(changed):
                new.append(changed)
        if unchanged(new, choices):
            return (*before, event) if before else (event,)
        return (*before, *self._written(event, new))

    def _choice(self, event: Event, choice: Delta, place: int, before: list[Event]) -> Delta:
        member = "delta" if choice.get("delta") or not choice.get("message") else "message"
        delta: Delta = choice.get(member) or {}
        number, reason = choice.get("index", place), choice.get("finish_reason")
        begun = number in self._calls
        calls = self._calls.get(number) or CallsComing(number, self._ear)
        self._calls[number] = calls
        new = self._heard(delta, number) if self._ear.reads else delta
        deltas: list[Delta] = []
        new = _called(event, calls, new, deltas)
        if new is not delta:
            new = _left(new, begun=begun)
        if reason:
            new = self._finished(event, number, new, deltas, cut=reason in CUT)
            if number in self._called:
                choice = with_member(choice, "finish_reason", reason_of(reason))
        before += [self._chunk(event, number, one) for one in deltas]
        return choice if new is delta else {**choice, member: new}

    def _heard(self, delta: Delta, number: int) -> Delta:
        """Give a delta with what may leave of its text."""
        content = delta.get("content")
        left: Json = content
        if isinstance(content, str) and content:
            left = self._ear.text(number, content)
            left = content if left == content else left
        elif is_array(content):
            parts = [one for part in content if (one := heard_part(part, number, self._ear))]
            left = content if unchanged(parts, content) else parts
        if left is content:
            return delta
        return _with_text(delta, left)

    def _finished(
        self, event: Event, number: int, delta: Delta, deltas: list[Delta], *, cut: bool
    ) -> Delta:
        """Let go of all that is held of a choice, and give its last delta."""
        rest, calls = self._ear.end(number), self._calls[number]
        held = calls.settled(event, end=True, cut=cut)
        content = delta.get("content")
        if rest and content:
            more: Json = content + rest if isinstance(content, str) else [*content, text_part(rest)]
            delta = {**delta, "content": more}
        elif rest:
            deltas.append({"content": rest})
        deltas += held
        found, beside = calls.found(), items(delta, "tool_calls")
        if found:
            self._called.add(number)
        if found and beside:
            return {**delta, "tool_calls": [*beside, *found]}
        deltas += [{"tool_calls": [call]} for call in found]
        return delta

    def _rest(self, *, cut: bool) -> list[Event]:
        """Let go of what is held of all choices: no finish reason came, or none will."""
        self._ear.step()
        like = self._like
        if like is None:
            return []
        out: list[Event] = []
        for number in self._calls:
            deltas: list[Delta] = []
            self._finished(like, number, {}, deltas, cut=cut)
            out += [self._chunk(like, number, delta) for delta in deltas]
        return out

    def _chunk(self, like: Event, number: int, delta: Delta) -> Event:
        """Write a chunk with nothing but one delta in it."""
        choice = {"index": number, "delta": delta, "finish_reason": None}
        head = {name: value for name, value in like.data.items() if name not in _ENDS}
        return self._pen.event(like, {**head, "choices": [choice]})


def _called(event: Event, calls: CallsComing, delta: Delta, before: list[Delta]) -> Delta:
    """Give a delta without what is held of its calls."""
    entries = items(delta, "tool_calls")
    if entries:
        taken = (calls.take(event, entry, at, before) for at, entry in enumerate(entries))
        left = [entry for entry in taken if entry is not None]
        if not unchanged(left, entries):
            delta = {**delta, "tool_calls": left} if left else without(delta, "tool_calls")
    legacy = delta.get(LEGACY)
    if is_object(legacy) and (legacy.get("name") or calls.knows(LEGACY)):
        entry = calls.take(event, {"index": LEGACY, "function": legacy}, 0, before)
        if entry is None:
            return without(delta, LEGACY)
        return with_member(delta, LEGACY, entry["function"])
    return delta


def _with_text(delta: Delta, text: Json) -> Delta:
    """Give a delta with another text, or with none."""
    return with_member(delta, "content", text) if text else without(delta, "content")


def _left(delta: Delta, *, begun: bool) -> Delta:
    """Give what is left of a delta; where nothing is but a role that is known, that is nothing."""
    tells = any(value not in _EMPTY for name, value in delta.items() if name != "role")
    return delta if tells or not begun else {}


def _says_something(choice: Delta) -> bool:
    """Say whether a choice that was edited still has anything in it."""
    if choice.get("finish_reason") or choice.get("logprobs"):
        return True
    delta: Delta = choice.get("delta") or choice.get("message") or {}
    return any(value not in _EMPTY for value in delta.values())
