"""What passes between a wire format, which knows where calls stand, and what mends them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec

from sealegs.flow import Filter
from sealegs.jsons import Json
from sealegs.wire import Document, Message

__all__ = ["Mended", "Mender", "SaidCall", "ToolLens"]


class SaidCall(msgspec.Struct, frozen=True):
    """A tool call as it stands in a message.

    Attributes:
        name: the tool's name.
        arguments: JSON text as the model wrote it, which may be broken; compact JSON where the
            format holds parsed arguments.
        id: the call's id; empty where the format has none or it is missing.
    """

    name: str
    arguments: str
    id: str = ""


class Mended(msgspec.Struct, frozen=True):
    """What a piece of text becomes.

    Attributes:
        text: what may leave as text now.
        calls: calls that were found in it, whole and mended.
    """

    text: str
    calls: Sequence[SaidCall] = ()


class Mender(Protocol):
    """Mends what a model said. Made fresh for each reply; knows no wire format.

    Choices are numbered as the provider numbers them; a format without choices has only 0. Text is
    visible text alone: reasoning never comes here.
    """

    @property
    def reads_text(self) -> bool:
        """Whether calls may stand in the text; if not, text need not be given at all."""
        ...

    def text(self, choice: int, piece: str, /) -> Mended:
        """Take the next piece of a choice's text; what may begin a call is held back."""
        ...

    def text_end(self, choice: int, /) -> Mended:
        """Take the end of a run of a choice's text, and give what was held.

        A run ends where the choice ends, and where something else stands between two texts (a call,
        reasoning), if the format keeps their order. So it may come more than once for one choice.
        """
        ...

    def holds(self, choice: int, name: str, /) -> bool:
        """Say whether a call's arguments must be whole before any of them leaves."""
        ...

    def call(self, choice: int, call: SaidCall, /, *, whole: bool = True) -> SaidCall:
        """Mend one call.

        A call for which `holds` is false streams on as it comes: this is asked as the call begins,
        with empty arguments, and only the answer's name and id are used.

        Args:
            choice: the choice that it stands in.
            call: the call as the model made it.
            whole: false where the reply ended before the call did (``finish_reason: length``).
        """
        ...


class ToolLens(Protocol):
    """Where one wire format keeps tools, calls, and what names them. Stateless."""

    @property
    def name(self) -> str:
        """The lens's name, such as ``openai-chat``."""
        ...

    @property
    def wires(self) -> frozenset[str]:
        """The names of the wire formats that it is for."""
        ...

    @property
    def tools(self) -> str:
        """The dotted path of the request parameter that holds the definitions."""
        ...

    @property
    def legacy_tools(self) -> str:
        """The path of an older parameter for them (``functions``); empty where there is none."""
        ...

    @property
    def identified(self) -> bool:
        """Whether every call must have an id; if not, none is made up where none came."""
        ...

    def renamed(self, document: Document, rename: Callable[[str], str], /) -> Mapping[str, Json]:
        """Give the request parameters that name a tool (``tool_choice``…), renamed.

        Returns:
            Dotted path to new value, only of those that change.
        """
        ...

    def answer_schema(self, document: Document, /) -> tuple[str, Json] | None:
        """Find the JSON Schema of the answer that the request asks for (``response_format``…).

        Returns:
            The dotted path of the schema itself, and the schema; ``None`` where there is none.
        """
        ...

    def with_calls(self, message: Message, edit: Callable[[SaidCall], SaidCall], /) -> Message:
        """Give one message of the history with its calls edited, and results named alike.

        Every place that names a tool or a call is covered (``functionResponse.name``, a
        ``function`` role's ``name``, ``tool_call_id``): for those ``edit`` is given a call with
        empty arguments, with an empty name where a result has only its call's id, and only the new
        name and id are used. What is no JSON object any more does not become the arguments of a
        format that holds them parsed; they stay as they were. A message in which nothing changes is
        given back as the very object.
        """
        ...

    def mended(self, reply: Json, mender: Mender, /) -> Json:
        """Give a whole reply as mended: text, calls, and the reason why it stopped.

        A call that was found in text becomes a structured call, behind those that were there. A
        reply in which nothing changes is given back as the very object.
        """
        ...

    def filter(self, mender: Mender, /) -> Filter:
        """Make the filter that does the same to a streamed reply.

        For any way in which the text is cut into events the client gets the same message. Events
        that need no edit leave as they came, in the step in which they came.
        """
        ...

    def answered(self, reply: Json, texts: Sequence[str], /) -> Sequence[Message]:
        """Give the messages that answer a whole reply's calls in the tools' place.

        Args:
            reply: as the provider gave it.
            texts: for each call what to say of it, in the order in which `mended` came to them:
                first those that stand as calls, then those that were found in text.

        Returns:
            What the model said, with its reasoning and whatever else was with it (arguments that
            are no JSON object become an empty one, which the provider will take), then an error
            result for each call, in the format's own form; for calls that were found in text, one
            message of the user's. Nothing where the format cannot say so.
        """
        ...

    def generation(self, refusal: Json, /) -> Json:
        """Give what a provider refused to read as a call, as a whole reply of nothing but text.

        Some providers answer a generation that they cannot read with an error that quotes it
        (Groq's ``failed_generation``).

        Returns:
            The reply, or ``None`` where an error quotes none.
        """
        ...
