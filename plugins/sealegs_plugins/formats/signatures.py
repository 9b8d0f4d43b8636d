"""Signatures that ride on tool calls in an OpenAI-compatible message."""

from __future__ import annotations

from dataclasses import dataclass
from operator import is_not
from typing import TYPE_CHECKING

from .values import entries, filled, members

if TYPE_CHECKING:
    from sealegs.jsons import Json
    from sealegs.knowledge import Payload
    from sealegs.wire import Message

__all__ = ["CallSignatures"]


@dataclass(frozen=True, slots=True)
class CallSignatures:
    """Signatures in a vendor's extra content, of tool calls and of the message.

    The payload is ``{"calls": [[i, extra], ...], "count": n, "message": {...}}``: the vendor's
    extra content of the i-th of n calls, and of the message ``extra`` (the vendor's extra content)
    and ``signature`` (a copy of it that stands in the message itself), each where there is one. A
    payload without a count fits every message that has these calls.

    Attributes:
        name: the format's name.
        wires: the wire formats in which it can occur.
        extra: the member for extra content.
        vendor: the vendor's member in it.
        seal: the signature's member in that, and in the message itself.
    """

    name: str
    wires: frozenset[str]
    extra: str
    vendor: str
    seal: str

    def read(self, message: Message) -> Payload | None:
        """Read the extra content of each call, and of the message, that has a signature."""
        calls = entries(message.get("tool_calls"))
        found = [[i, self._of(call)] for i, call in enumerate(calls) if self._signs(self._of(call))]
        own: dict[str, Json] = {}
        if self._signs(self._of(message)):
            own["extra"] = self._of(message)
        if filled(message.get(self.seal)):
            own["signature"] = message[self.seal]
        if not found and not own:
            return None
        return {"calls": found, "count": len(calls), "message": own}

    def without(self, message: Message) -> Message:
        """Take the vendor's extra content out wherever a signature's member is in it."""
        kept: Message = self._stripped(message)
        calls = entries(message.get("tool_calls"))
        bare = [self._stripped(call) for call in calls]
        if any(map(is_not, bare, calls)):
            kept = {**kept, "tool_calls": bare}
        if self.seal not in kept:
            return kept
        return {name: value for name, value in kept.items() if name != self.seal}

    def write(self, message: Message, payload: Payload) -> Message | None:
        """Put the extra content back on its calls; ``None`` where a call is missing."""
        calls = list(entries(message.get("tool_calls")))
        wanted = entries(payload.get("calls"))
        if wanted and payload.get("count", len(calls)) != len(calls):
            return None
        if any(i >= len(calls) for i, _ in wanted):
            return None
        for i, extra in wanted:
            calls[i] = self._with(calls[i], extra)
        own = members(payload.get("message"))
        written = self._with(message, own["extra"]) if "extra" in own else dict(message)
        if wanted:
            written["tool_calls"] = calls
        return {**written, self.seal: own["signature"]} if "signature" in own else written

    def signed(self, payload: Payload) -> bool:
        """Say yes: there is nothing else in it."""
        del payload
        return True

    def text(self, payload: Payload) -> str:
        """Give nothing: a signature cannot be read."""
        del payload
        return ""

    def plain(self, text: str) -> None:
        """Give nothing: a signature cannot be made of text."""
        del text

    def detached(self, message: Message) -> Message:
        """Give the message as it is: nothing else in it points to its reasoning."""
        return message

    def _of(self, holder: Json) -> Json:
        return members(members(holder).get(self.extra)).get(self.vendor)

    def _signs(self, extra: Json) -> bool:
        return filled(members(extra).get(self.seal))

    def _with(self, holder: Json, extra: Json) -> dict[str, Json]:
        held = members(members(holder).get(self.extra))
        return {**members(holder), self.extra: {**held, self.vendor: extra}}

    def _stripped(self, holder: Json) -> Json:
        if self.extra not in members(holder) or self.seal not in members(self._of(holder)):
            return holder
        extras = members(members(holder)[self.extra])
        rest = {name: value for name, value in extras.items() if name != self.vendor}
        bare = {name: value for name, value in members(holder).items() if name != self.extra}
        return {**bare, self.extra: rest} if rest else bare
