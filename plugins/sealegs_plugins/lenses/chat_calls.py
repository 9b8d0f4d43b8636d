"""The calls of one choice of a chat stream, as they come in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sealegs.calls.saying import SaidCall
from sealegs.flow import Event
from sealegs.jsons import Json, is_object
from sealegs_plugins.wires.shared import merge_delta

from .chat_parts import CALL, made_call
from .hearing import Ear
from .shared import is_whole

__all__ = ["LEGACY", "CallsComing"]

LEGACY = "function_call"
Delta = dict[str, Json]


@dataclass(slots=True)
class _Call:
    """A call as it comes in.

    Attributes:
        key: its index; ``function_call`` for the older form.
        parts: the entries that are held, each with the event that brought it.
        holds: whether it must be whole before it leaves; ``None`` while its name is not known.
        left: the event with which it left, or began to.
        new: what it is called by since then.
    """

    key: Json
    id: str = ""
    name: str = ""
    parts: list[tuple[Event, Delta]] = field(default_factory=list["tuple[Event, Delta]"])
    holds: bool | None = None
    left: Event | None = None
    new: SaidCall | None = None

    def entry(self, but: Event | None = None) -> Delta:
        """Put together what is held, but for what one event brought."""
        parts = [part for event, part in self.parts if event is not but]
        if len(parts) == 1:
            return parts[0]
        whole: Delta = {}
        for part in parts:
            merge_delta(whole, part)
        return whole

    def delta(self, entry: Delta) -> Delta:
        """Give the delta that brings an entry of this call."""
        return {LEGACY: entry["function"]} if self.key == LEGACY else {"tool_calls": [entry]}


class CallsComing:
    """Holds the calls of one choice where they must be held, and lets them go in order.

    A held call leaves as a later one begins, if it is a whole object by then; at the latest it
    leaves with the finish reason.
    """

    __slots__ = ("_by_key", "_calls", "_ear", "_next", "_number")

    def __init__(self, number: int, ear: Ear) -> None:
        self._number, self._ear = number, ear
        self._calls: list[_Call] = []
        self._by_key: dict[Json, _Call] = {}
        self._next = 0

    def take(self, event: Event, entry: Json, place: int, before: list[Delta]) -> Json:
        """Take an entry, and give what goes on of it: nothing while the call is held.

        Args:
            event: the event that brought it.
            entry: the entry.
            place: its place in the event, which stands for an index that is missing.
            before: gets the deltas that must leave before it.
        """
        if not is_object(entry) or not is_object(entry.get("function")):
            return entry
        key, said = entry.get("index", place), CALL.read(entry)
        call = self._by_key.get(key)
        # some servers send all parallel calls under one index, each whole
        if call is None or (said.id and call.id and said.id != call.id):
            before += self.settled(event)
            call = self._by_key[key] = _Call(key)
            self._calls.append(call)
            self._next = max(self._next, key + 1) if isinstance(key, int) else self._next
        call.id, call.name = said.id or call.id, said.name or call.name
        if call.new is not None:
            return _renamed(entry, said, call.new)
        call.parts.append((event, entry))
        if call.holds is None and call.name:
            call.holds = self._ear.mender.holds(self._number, call.name)
        if call.holds is not False or any(one.left is None for one in self._calls[:-1]):
            return None
        entry = call.entry()
        old = CALL.read(entry)
        call.new, call.left = self._ear.named(self._number, old), event
        return CALL.said(entry, old, call.new)

    def knows(self, key: Json) -> bool:
        """Say whether a call with an index has begun."""
        return key in self._by_key

    def settled(self, event: Event, *, end: bool = False, cut: bool = False) -> list[Delta]:
        """Give the deltas of held calls that may leave now: those that are whole, in order.

        Args:
            event: the event with which they leave.
            end: whether no more is to come, so that all leave.
            cut: whether the reply was cut short.
        """
        waiting = [call for call in self._calls if call.left is None]
        ready: list[tuple[_Call, SaidCall, Delta]] = []
        for call in waiting:
            entry = call.entry()
            old = CALL.read(entry)
            whole = is_whole(old.arguments)
            if not (end or whole or call.holds is False):
                break
            if call.holds is False:
                new = self._ear.named(self._number, old)
            else:
                whole = whole or not (cut and call is waiting[-1])
                new = self._ear.call(self._number, old, whole=whole)
            ready.append((call, new, CALL.said(entry, old, new)))
        for call, new, _ in ready:
            call.left, call.new = event, new
        return [call.delta(entry) for call, _, entry in ready]

    def found(self) -> list[Delta]:
        """Give the entries of the calls that were found in the text."""
        calls = self._ear.found(self._number)
        first = self._next
        self._next += len(calls)
        return [{"index": first + n, **made_call(call)} for n, call in enumerate(calls)]

    def raw(self, now: Event | None) -> Iterable[Delta]:
        """Give what is held, as it came, but for what an event brought that leaves by itself."""
        for call in self._calls:
            if call.left in (None, now) and (entry := call.entry(now)):
                yield call.delta(entry)


def _renamed(entry: Delta, said: SaidCall, new: SaidCall) -> Delta:
    """Rename what a later entry of a call says again: some servers repeat name and id."""
    name, call_id = said.name and new.name, said.id and new.id
    return CALL.said(entry, said, SaidCall(name, said.arguments, call_id))
