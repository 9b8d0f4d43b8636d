"""What passes between a wire format, which knows where texts and results stand, and the taps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from sealegs.flow import Event
from sealegs.jsons import Json
from sealegs.knowledge import Evidence
from sealegs.perturbation.edits import ErrorKind
from sealegs.wire import Document, Message, Role

__all__ = ["FaultLens", "Neighbour", "SaidResult", "TextLens", "TurnOrder"]


@dataclass(frozen=True, slots=True)
class SaidResult:
    """A tool's result as it stands in a message.

    Attributes:
        id: of the call that it answers; empty where the format has none.
        name: the tool's name where the format says it there, else empty.
        text: what it says; JSON text where the format holds JSON.
        error: whether it is marked as an error; ``None`` where the format has no such mark.
    """

    id: str
    name: str
    text: str
    error: bool | None = None


Neighbour: TypeAlias = Role | Literal[""]
"""A turn's role; an empty one stands before the first turn, and behind the last one."""


@dataclass(frozen=True, slots=True)
class TurnOrder:
    """Which turns a format's providers refuse side by side.

    Attributes:
        refused: roles of which the second may not come right behind the first.
        evidence: how good the source is.
        source: where this is known from.
    """

    refused: frozenset[tuple[Neighbour, Neighbour]] = frozenset()
    evidence: Evidence = "documented"
    source: str = ""


class TextLens(Protocol):
    """Where one wire format keeps what is said. Stateless."""

    @property
    def name(self) -> str:
        """The lens's name, such as ``openai-chat``."""
        ...

    @property
    def wires(self) -> frozenset[str]:
        """The names of the wire formats that it is for."""
        ...

    def system(self, document: Document, edit: Callable[[str], str], /) -> Mapping[str, Json]:
        """Give the request parameters of a system prompt beside the messages, edited.

        Each text of it is edited on its own.

        Returns:
            Dotted path to new value, only where something changes; nothing for formats that keep it
            among the turns, where `with_text` edits it.
        """
        ...

    def with_text(self, message: Message, edit: Callable[[str], str], /) -> Message:
        """Give a message of any role with its visible texts edited, each on its own.

        Not results of tools, not reasoning, not calls. A message in which nothing changes is given
        back as the very object, and what is not edited stays as it is (marks for caches too).
        """
        ...

    def with_results(
        self, message: Message, edit: Callable[[SaidResult], SaidResult], /
    ) -> Message:
        """Give a message with the results of tools in it edited; likewise.

        A new text takes the form that the old one had: parsed JSON where the format holds it and
        the text is JSON (an object, where it must be one), parts where there were parts of text.
        Pictures and files among a result's parts stay.
        """
        ...

    def without_results(self, message: Message, ids: frozenset[str], /) -> Message | None:
        """Give a message without the results of some calls; ``None``: nothing is left of it."""
        ...

    def said(self, role: Literal["user", "assistant", "system"], text: str, /) -> Message:
        """Make a turn that says a text.

        Where a format has no system turns, one of the user's.
        """
        ...

    def order(self, model: str, /) -> TurnOrder:
        """Say which turns may not stand side by side, for a model by its name."""
        ...

    def joined(self, first: Message, second: Message, /) -> Message | None:
        """Make one turn of two that may not stand side by side; ``None``: they cannot be one.

        Turns of the user's and of tools may be. Those of the model are not: what it has signed
        belongs to its own turn.
        """
        ...


class FaultLens(Protocol):
    """How the providers behind one wire format word what goes wrong. Stateless."""

    @property
    def name(self) -> str:
        """The lens's name, such as ``openai-chat``."""
        ...

    @property
    def wires(self) -> frozenset[str]:
        """The names of the wire formats that it is for."""
        ...

    def error(self, kind: ErrorKind, status: int, message: str, /) -> Json:
        """Give the body of a refusal; an empty message has the provider's usual words."""
        ...

    def stream_error(self, kind: ErrorKind, message: str, /) -> Event:
        """Give the event with which a stream says an error, framed as the format's others."""
        ...

    def carries(self, event: Event, /) -> bool:
        """Say whether an event carries content: text, reasoning, or a part of a call."""
        ...

    def carries_arguments(self, event: Event, /) -> bool:
        """Say whether an event carries a part of a call's arguments."""
        ...

    def done(self, event: Event, /) -> bool:
        """Say whether an event is the mark of a stream's end (``[DONE]``, ``message_stop``)."""
        ...

    def finished(self, value: Json, finish: Literal["stop", "length", "tool_calls"], /) -> Json:
        """Give a whole reply, or an event's data, with another reason for its end.

        What says no reason is given back as the very object.
        """
        ...

    def modelled(self, value: Json, model: str, /) -> Json:
        """Give a whole reply, or an event's data, as said by another model; likewise."""
        ...

    def counted(self, value: Json, factor: float, /) -> Json:
        """Give a whole reply, or an event's data, with its tokens multiplied; likewise."""
        ...

    def without_calls(self, value: Json, /) -> Json:
        """Give a whole reply, or an event's data, without the calls of tools in it; likewise.

        ``None``: nothing is left of an event, so that it must not leave at all.
        """
        ...
