"""The way between what a tool's own schema promised and what the provider's model writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sealegs.jsons import Json

__all__ = ["IDENTITY", "Codec", "Identity"]


class Codec(Protocol):
    """Maps argument documents between two schemas. Pure: values are never changed in place.

    ``decode(encode(x)) == x`` for every ``x`` that the original schema accepts, and ``encode(x)``
    is accepted by the lowered one.
    """

    @property
    def identity(self) -> bool:
        """Whether both directions give back what they are given."""
        ...

    def encode(self, value: Json, /) -> Json:
        """Map what the original schema accepts to what the lowered one accepts.

        What the original does not accept is mapped as far as it goes, and never raises.
        """
        ...

    def decode(self, value: Json, /) -> Json:
        """Map what a model wrote for the lowered schema back to the original's shape.

        Raises:
            sealegs.errors.ArgumentError: there is no way back (a key twice, text that is no JSON).
        """
        ...


@dataclass(frozen=True, slots=True)
class Identity:
    """Changes nothing."""

    identity: bool = True

    def encode(self, value: Json, /) -> Json:
        """Give the value back."""
        return value

    def decode(self, value: Json, /) -> Json:
        """Give the value back."""
        return value


IDENTITY = Identity()
