"""What reads tool calls that a model writes as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from sealegs.jsons import Json

__all__ = ["ParsedCall", "ToolCallParser"]


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


class ToolCallParser(Protocol):
    """One syntax. Stateless and pure.

    The scanner (`sealegs.calls.scanning`) looks for openers outside reasoning and code fences,
    asks where the region ends, and has it parsed. So any way of cutting the text gives the same.
    """

    @property
    def name(self) -> str:
        """The syntax's name, such as ``hermes``."""
        ...

    @property
    def models(self) -> tuple[str, ...]:
        """Glob patterns of the model families that are trained to write it."""
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
    def openers(self) -> tuple[str, ...]:
        """The texts that a call begins with; as long as possible, so that prose is rarely held."""
        ...

    @property
    def place(self) -> Literal["anywhere", "start", "line"]:
        """Where an opener counts: anywhere, as the first thing said, or at a line's beginning."""
        ...

    def end(self, text: str, /) -> int | None:
        """Find where the region ends that begins at ``text[0]`` with an opener.

        Returns:
            The index behind it; ``0`` where it turns out to be no call; ``None`` where more text is
            needed to know.
        """
        ...

    def parse(
        self, region: str, schemas: Mapping[str, Json], /, *, whole: bool
    ) -> Sequence[ParsedCall] | None:
        """Read the calls of one region.

        Args:
            region: the text from the opener to the region's end.
            schemas: the tools' names as the model knows them, and their schemas as it saw them. A
                name that is not among them is still given: others decide what to make of it.
            whole: false where the text ended before the region did.

        Returns:
            The calls in order; ``None`` where the region is no call, and must stay text.
        """
        ...
