"""Ids of our own for tool calls whose provider gives none that are unique.

Kimi counts ``functions.name:0`` anew in every conversation, so two conversations cannot be told
apart by it. A stamped id is unique by construction, goes through the framework as the call's id,
and is mapped back before the provider sees it.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from sealegs.flow import Event
from sealegs.framing import framer
from sealegs.jsons import Json, dump, parse
from sealegs.knowledge import Provider
from sealegs.retention.keys import looks_unique
from sealegs.wire import Wire

__all__ = ["Stamper", "StampingFilter", "stamps"]

_Policy: TypeAlias = Literal["auto", "always", "never"]
_PREFIX = re.compile(r"^((?:call|tool[a-z]?)_)")


def stamps(policy: _Policy, provider: Provider | None) -> Callable[[str], bool] | None:
    """Give the rule by which a native id is replaced, or ``None`` where none ever is."""
    unique = provider.unique_ids if provider else None
    if policy == "never" or (policy == "auto" and unique is True):
        return None
    if policy == "always" or unique is False:
        return lambda native: True
    return lambda native: not looks_unique(native)


@dataclass(slots=True)
class Stamper:
    """Stamps one reply: equal native ids within it get equal new ones.

    Attributes:
        wire: knows where ids stand.
        replaces: the rule by which an id is replaced.
    """

    wire: Wire
    replaces: Callable[[str], bool]
    _known: dict[str, str] = field(default_factory=dict[str, str])
    _wanted: bool = False

    def name(self, native: str) -> str:
        """Give the id that the framework gets for a native one."""
        if native not in self._known:
            self._known[native] = _fresh(native) if self.replaces(native) else native
        return self._known[native]

    def stamped(self, text: bytes, data: Json) -> Json | None:
        """Give a reply's or an event's data with its ids replaced, or ``None`` where none is."""
        self._wanted = False
        self.wire.rename_calls(data, self._looked_at)
        if not self._wanted:
            return None
        fresh = parse(text)
        self.wire.rename_calls(fresh, self.name)
        return fresh

    def _looked_at(self, native: str) -> str:
        """Take note whether an id is to be replaced, and leave it: what holds it is not ours."""
        self._wanted = self._wanted or self.name(native) != native
        return native


def _fresh(native: str) -> str:
    """Make an id that passes everybody's rules: 31 characters, letters and digits.

    It ends in a digit, for without any it would not look unique.
    """
    match = _PREFIX.match(native)
    random = base64.b32encode(secrets.token_bytes(16))[:25].decode().lower()
    return (match[1] if match else "call_") + random + "7"


class StampingFilter:
    """Stamps the ids in a stream. Holds nothing back."""

    __slots__ = ("_changed", "_framer", "_stamper")

    def __init__(self, stamper: Stamper) -> None:
        self._stamper = stamper
        self._framer = framer(stamper.wire.framing)
        self._changed = False

    def feed(self, event: Event, /) -> Iterable[Event]:
        """Pass an event on, its ids replaced."""
        data = event.data
        if not isinstance(data, (dict, list)):
            return (event,)
        new = self._stamper.stamped(event.text, data)
        if new is None:
            return (event,)
        self._changed = True
        text = dump(new)
        return (Event(self._framer.write(event, text), event.name, text, new),)

    def close(self) -> Iterable[Event]:
        """Nothing is held."""
        return ()

    def release(self) -> Iterable[Event] | None:
        """Nothing is held; but once an id was replaced, raw events would name another call."""
        return None if self._changed else ()


def stamped_in(raw: bytes) -> list[str]:
    """Find what looks like an id of ours in a turn's bytes, without parsing them.

    >>> stamped_in(b'{"tool_call_id":"call_abcdefghijklmnopqrstuvwx27"}')
    ['call_abcdefghijklmnopqrstuvwx27']
    """
    return [found.decode() for found in _STAMPED.findall(raw)]


_STAMPED = re.compile(rb"(?:call|tool[a-z]?)_[a-z2-7]{25}7")
