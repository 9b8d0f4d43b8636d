"""Digests of what a provider sees before each turn, for reasoning that is bound to its prefix."""

from __future__ import annotations

from hashlib import blake2b

from sealegs.jsons import canonical, parse
from sealegs.retention.keys import plain_json
from sealegs.wire import Document

__all__ = ["Prefixes", "given_prefix"]


class Prefixes:
    """Digests of what the provider would see before each turn."""

    __slots__ = ("_changed", "_document", "_known")

    def __init__(self, document: Document) -> None:
        self._document = document
        self._changed: dict[int, bytes] = {}
        self._known = [_digest(_digest(b"", document.system), document.tools)]

    def before(self, index: int) -> bytes:
        """Give the digest of all before a turn."""
        while len(self._known) <= index:
            position = len(self._known) - 1
            raw = self._changed.get(position, self._document.turns[position].raw)
            self._known.append(_digest(self._known[-1], raw))
        return self._known[index]

    def replaced(self, index: int, raw: bytes) -> None:
        """Take note that a turn goes out changed."""
        self._changed[index] = raw


def _digest(before: bytes, raw: bytes) -> bytes:
    said = canonical(plain_json(parse(raw))) if raw else b""
    return blake2b(before + said, digest_size=16).digest()


def given_prefix(document: Document) -> bytes:
    """Digest all that the provider sees of a request: system, tools and every turn."""
    return Prefixes(document).before(len(document.turns))
