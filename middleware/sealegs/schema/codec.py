"""The way between what a tool's own schema promised and what the provider's model writes."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from sealegs.errors import ArgumentError
from sealegs.jsons import Json

__all__ = ["IDENTITY", "UNCHANGED", "Codec", "Identity", "Step", "Stepwise", "Unchanged", "Walk"]


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

Walk: TypeAlias = Generator[tuple["str | int", "Step", Json], Json, Json]
"""The work at one place of a document: it asks for parts of it to be mapped, and gives its own.

What it asks with is where the part stands, the step that maps it, and the part.
"""


class Step(Protocol):
    """Maps the values of one subschema; `Stepwise` walks a document with a tree of them.

    Steps are generators, so that a document may be as deep as it likes.
    """

    def encoding(self, value: Json, /) -> Walk:
        """Map as `Codec.encode` does."""
        ...

    def decoding(self, value: Json, /) -> Walk:
        """Map as `Codec.decode` does; the pointer of what it raises starts here."""
        ...


@dataclass(frozen=True, slots=True)
class Unchanged:
    """Maps nothing. A parent leaves such parts alone."""

    def encoding(self, value: Json, /) -> Walk:
        """Give the value back."""
        return value
        yield

    def decoding(self, value: Json, /) -> Walk:
        """Give the value back."""
        return value
        yield


UNCHANGED = Unchanged()


@dataclass(frozen=True, slots=True)
class Stepwise:
    """A codec made of steps."""

    root: Step
    identity: bool = False

    def encode(self, value: Json, /) -> Json:
        """Map from the original schema to the lowered one."""
        return _walk(self.root, value, "encoding")

    def decode(self, value: Json, /) -> Json:
        """Map from the lowered schema to the original one."""
        return _walk(self.root, value, "decoding")


def _walk(root: Step, value: Json, way: Literal["encoding", "decoding"]) -> Json:
    stack: list[Walk] = [getattr(root, way)(value)]
    place: list[str | int] = []
    answer: Json = None
    while True:
        try:
            token, step, part = stack[-1].send(answer)
        except StopIteration as end:
            stack.pop()
            answer = end.value
            if not stack:
                return answer
            place.pop()
        except ArgumentError as error:
            raise ArgumentError(_pointer(place) + error.pointer, error.reason) from None
        else:
            place.append(token)
            stack.append(getattr(step, way)(part))
            answer = None


def _pointer(place: list[str | int]) -> str:
    return "".join(f"/{str(token).replace('~', '~0').replace('/', '~1')}" for token in place)
