"""What reads tool calls that a model writes as text.

The scanner (`sealegs.calls.scanning`) looks for openers outside reasoning and code, lets a
`Boundary` follow the region that begins there, and has the parser read the region when it has
ended. A parser never sees the pieces in which text arrives, so any way of cutting gives the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from sealegs.jsons import Json

__all__ = ["Boundary", "Cut", "Opener", "ParsedCall", "Place", "ToolCallParser"]

Place: TypeAlias = Literal["anywhere", "start", "line"]
"""Where an opener counts: anywhere; before anything else is said (reasoning and calls apart); where
nothing but whitespace stands before it on its line."""


@dataclass(frozen=True, slots=True)
class Opener:
    """A text that calls begin with.

    Attributes:
        text: as long as possible, so that prose is rarely held.
        place: where it counts.
    """

    text: str
    place: Place = "anywhere"


@dataclass(frozen=True, slots=True)
class ParsedCall:
    """A call as it was read from text.

    Attributes:
        name: the tool's name as written.
        arguments: JSON text, which may still be broken; or, for syntaxes that write each argument
            as bare text, argument name to that text, to be typed by the tool's schema.
        id: where the syntax writes one.
        whole: false where the text ended before the call did.
    """

    name: str
    arguments: str | Mapping[str, str]
    id: str = ""
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a region ends.

    Attributes:
        at: how many characters it has, the opener's included.
        call: false where it turned out to be no call: it stays text, and no call begins in it.
        whole: false where the text ended before the region did.
    """

    at: int
    call: bool = True
    whole: bool = True


class Boundary(Protocol):
    """Follows one region to its end. Made fresh for each region; looks at each character once."""

    def feed(self, piece: str, /) -> Cut | None:
        """Take the next piece of what stands behind the opener.

        Returns:
            Where the region ends, which may be before this piece; ``None`` where more text is
            needed to know. Nothing is fed after that.
        """
        ...

    def close(self) -> Cut:
        """Take the end of the text."""
        ...


class ToolCallParser(Protocol):
    """One syntax. Stateless and pure."""

    @property
    def name(self) -> str:
        """The syntax's name, such as ``hermes``."""
        ...

    @property
    def models(self) -> tuple[str, ...]:
        """Glob patterns of the model families that are trained to write it.

        Empty for a style that only a prompt asks for: such a parser is taken by its name alone.
        """
        ...

    @property
    def wires(self) -> frozenset[str]:
        """The wire formats on which it has been seen to leak, or may; empty: any."""
        ...

    @property
    def providers(self) -> tuple[str, ...]:
        """Glob patterns of providers' names; ``("*",)``: any."""
        ...

    @property
    def rank(self) -> int:
        """Lower is asked first where several fit a model."""
        ...

    @property
    def openers(self) -> tuple[Opener, ...]:
        """What a call begins with."""
        ...

    @property
    def hidden(self) -> Mapping[str, tuple[str, ...]]:
        """What reasoning begins with, and what may end it. Calls in reasoning are not calls."""
        ...

    def follow(self, opener: str, /) -> Boundary:
        """Begin to follow a region that starts with one of the openers."""
        ...

    def parse(
        self, region: str, schemas: Mapping[str, Json], /, *, whole: bool
    ) -> Sequence[ParsedCall] | None:
        """Read the calls of one region.

        Args:
            region: the text from the opener to the region's end.
            schemas: the tools' names as the model knows them, and their schemas as it saw them. A
                name that is not among them is still given, for others to decide on, except by a
                syntax without marks of its own, where only a known name tells a call from text.
            whole: false where the text ended before the region did.

        Returns:
            The calls in order; ``None`` where the region is no call, and must stay text.
        """
        ...

    def salvaged(self, name: str, arguments: str, /) -> ParsedCall | None:
        """Read a structured call that the server's own parser has cut wrongly.

        Args:
            name: the call's name, in which markup was left.
            arguments: its arguments.

        Returns:
            The call as the model wrote it; ``None`` where nothing of the kind is seen.
        """
        ...
