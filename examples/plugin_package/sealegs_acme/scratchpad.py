"""Reasoning in the member ``scratchpad`` of a message: ``{"notes": "...", "seal": "..."}``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from sealegs.knowledge import Payload
from sealegs.wire import Message

__all__ = ["Scratchpad"]

_MEMBER = "scratchpad"


@dataclass(frozen=True, slots=True)
class Scratchpad:
    """Acme's notes. The seal, where there is one, binds them to the account that got them."""

    name: str = "acme_scratchpad"
    wires: frozenset[str] = frozenset({"openai-chat"})

    def read(self, message: Message) -> Payload | None:
        """Read the whole member; blank notes are no reasoning."""
        pad = message.get(_MEMBER)
        return pad if pad and self.text(pad).strip() else None

    def without(self, message: Message) -> Message:
        """Take the member out."""
        return {name: value for name, value in message.items() if name != _MEMBER}

    def write(self, message: Message, payload: Payload) -> Message | None:
        """Set the member. There is always a place for it."""
        return {**message, _MEMBER: payload}

    def signed(self, payload: Payload) -> bool:
        """Say whether there is a seal."""
        return bool(_member(payload, "seal"))

    def text(self, payload: Payload) -> str:
        """Give the notes."""
        return str(_member(payload, "notes") or "")

    def plain(self, text: str) -> Payload | None:
        """Make notes without a seal, which Acme accepts."""
        return {"notes": text}

    def detached(self, message: Message) -> Message:
        """Give the message as it is: nothing else in it points to its notes."""
        return message


def _member(payload: Payload, name: str) -> Any:
    return cast("dict[str, Any]", payload).get(name) if isinstance(payload, dict) else None
