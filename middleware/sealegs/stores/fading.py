"""Marks that have faded: a set of keys in fixed room, which denies none of the latest."""

from __future__ import annotations

import struct

__all__ = ["FadedMarks"]

_PLACES = struct.Struct(">4I")
_BITS_A_KEY = 12
"""With four places a key, about one stranger in a hundred is taken for a member when it is full."""


class FadedMarks:
    """A Bloom filter in two generations (Bloom 1970): when the young one is full, the old one goes.

    So the latest keys are always known, at least half as many as there is room for. Keys are
    digests already, so their own bytes serve as the hash functions.

    Args:
        size: bytes for each generation.

    >>> marks = FadedMarks(1024)
    >>> marks.add(b"0123456789abcdef")
    >>> b"0123456789abcdef" in marks, b"fedcba9876543210" in marks
    (True, False)
    """

    __slots__ = ("_bits", "_count", "_most", "_old", "_size", "_young")

    def __init__(self, size: int) -> None:
        self._size = max(size, 64)
        self._bits, self._count = self._size * 8, 0
        self._most = self._bits // _BITS_A_KEY
        self._young, self._old = bytearray(self._size), bytearray(self._size)

    def add(self, key: bytes) -> None:
        """Take a key of 16 bytes in."""
        if self._count >= self._most:
            self._old, self._young, self._count = self._young, bytearray(self._size), 0
        for place in self._places(key):
            self._young[place >> 3] |= 1 << (place & 7)
        self._count += 1

    def __contains__(self, key: bytes) -> bool:
        if not self._count:
            return False
        places = self._places(key)
        return any(
            all(bits[place >> 3] & (1 << (place & 7)) for place in places)
            for bits in (self._young, self._old)
        )

    def _places(self, key: bytes) -> list[int]:
        numbers: tuple[int, ...] = _PLACES.unpack(key)
        return [number % self._bits for number in numbers]
