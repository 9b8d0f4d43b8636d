"""Reasoning in members of the message that hold a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .values import filled

if TYPE_CHECKING:
    from sealegs.jsons import Json
    from sealegs.knowledge import Payload
    from sealegs.wire import Message

__all__ = ["TextField"]


@dataclass(frozen=True, slots=True)
class TextField:
    """Reasoning that stands as a text beside the message's content.

    The payload is an object with the members themselves: ``{"reasoning_content": "..."}``.

    Attributes:
        name: the format's name.
        wires: the wire formats in which it can occur.
        member: the member that holds the text.
        seal: the member beside it that holds an opaque value, or nothing.
    """

    name: str
    wires: frozenset[str]
    member: str
    seal: str = ""

    def read(self, message: Message) -> Payload | None:
        """Read the members; ``None`` where the text is blank and no opaque value is there."""
        payload = {name: message[name] for name in (self.member, self.seal) if name in message}
        return payload if self._text(payload).strip() or self.signed(payload) else None

    def without(self, message: Message) -> Message:
        """Take the members out."""
        if self.member not in message and self.seal not in message:
            return message
        gone = (self.member, self.seal)
        return {name: value for name, value in message.items() if name not in gone}

    def write(self, message: Message, payload: Payload) -> Message:
        """Set the members. There is always a place for them."""
        return {**message, **payload}

    def signed(self, payload: Payload) -> bool:
        """Say whether an opaque value is there."""
        return bool(self.seal) and filled(payload.get(self.seal))

    def text(self, payload: Payload) -> str:
        """Give the text."""
        return self._text(payload)

    def plain(self, text: str) -> Payload:
        """Make a payload of plain text, which may be empty."""
        return {self.member: text}

    def detached(self, message: Message) -> Message:
        """Give the message as it is: nothing else in it points to its reasoning."""
        return message

    def _text(self, payload: Json) -> str:
        value = payload.get(self.member)
        return value if isinstance(value, str) else ""
