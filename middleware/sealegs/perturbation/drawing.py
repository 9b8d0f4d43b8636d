"""Keyed randomness: a draw depends on its key alone, never on what was drawn before.

So neither the order of calls nor concurrency, nor another operator, nor the process changes a
decision; and as a draw does not depend on the severity, what fires at a mild one fires at every
severer one too.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

__all__ = ["Draw", "begun", "digest"]

T = TypeVar("T")

_SEPARATOR = b"\x1f"
_UNITS = 1 << 53


def digest(text: str | bytes) -> str:
    """Name what something says, in sixteen hexadecimal digits."""
    raw = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return blake2b(raw, digest_size=8).hexdigest()


def begun(*parts: object) -> blake2b:
    """Begin the key of draws that differ in their last part alone.

    A copy that is updated with the last part gives the key that `Draw.of` makes of all of them.
    """
    raw = _SEPARATOR.join([str(part).encode("utf-8", "surrogatepass") for part in parts])
    return blake2b(raw + _SEPARATOR, digest_size=32)


class Draw:
    """Random numbers under one key. Immutable; asking twice for one purpose gives one answer.

    >>> draw = Draw.of(0, "case-1", "typos")
    >>> draw.unit("fires") == Draw.of(0, "case-1", "typos").unit("fires")
    True
    >>> sorted(draw.shuffled("abc")) == sorted("abc")
    True
    """

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def of(cls, *parts: object) -> Draw:
        """Make the draw of a key; its parts are told apart by their order and text."""
        raw = _SEPARATOR.join([str(part).encode("utf-8", "surrogatepass") for part in parts])
        return cls(blake2b(raw, digest_size=32).digest())

    def sub(self, *parts: object) -> Draw:
        """Make the draw of a key below this one."""
        raw = _SEPARATOR.join([str(part).encode("utf-8", "surrogatepass") for part in parts])
        return Draw(blake2b(raw, key=self._key, digest_size=32).digest())

    def unit(self, purpose: object = "") -> float:
        """Draw a number from 0 up to, and without, 1."""
        raw = str(purpose).encode("utf-8", "surrogatepass")
        found = blake2b(raw, key=self._key, digest_size=8).digest()
        return (int.from_bytes(found, "big") >> 11) / _UNITS

    def below(self, limit: int, purpose: object = "") -> int:
        """Draw a whole number from 0 up to, and without, a limit."""
        return int(self.unit(purpose) * limit)

    def pick(self, options: Sequence[T], purpose: object = "") -> T:
        """Draw one of several; there must be at least one."""
        return options[self.below(len(options), purpose)]

    def shuffled(self, items: Sequence[T], purpose: object = "") -> list[T]:
        """Draw an order."""
        keyed = sorted((self.unit(f"{purpose}/{index}"), index) for index in range(len(items)))
        return [items[index] for _, index in keyed]

    def sample(self, items: Sequence[T], count: int, purpose: object = "") -> list[T]:
        """Draw some of several, in their own order; of a larger count a smaller one is a part."""
        keyed = sorted((self.unit(f"{purpose}/{index}"), index) for index in range(len(items)))
        return [items[index] for index in sorted(index for _, index in keyed[:count])]
