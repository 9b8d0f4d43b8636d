"""What becomes of an exchange with a model's API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

__all__ = [
    "BrokenBody",
    "BrokenCalls",
    "BrokenResults",
    "CutStream",
    "EditedStream",
    "ErrorKind",
    "Fault",
    "Pace",
    "Raised",
    "RaisedKind",
    "Refused",
]


ErrorKind: TypeAlias = Literal[
    "rate_limit",
    "overloaded",
    "server_error",
    "bad_gateway",
    "unavailable",
    "gateway_timeout",
    "context_length",
    "bad_request",
    "authentication",
    "permission",
    "quota",
    "not_found",
]
"""What a provider refuses a request for; how it words it is known to a `FaultLens`."""

RaisedKind: TypeAlias = Literal[
    "connect", "dns", "tls", "reset", "protocol", "connect_timeout", "read_timeout", "pool_timeout"
]
"""What a client meets where no reply comes."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The reply comes, slowly.

    Attributes:
        before: seconds before the request goes out.
        first: seconds before the first byte of the reply's body.
        each: seconds before every further piece of a streamed body.
    """

    before: float = 0.0
    first: float = 0.0
    each: float = 0.0


@dataclass(frozen=True, slots=True)
class Raised:
    """No reply comes: the client's own library raises its own error.

    Attributes:
        kind: what happens.
        seconds: how long it takes until then; the client's own time limit comes first.
        sent: whether the request was sent, so that only the reply is lost.
    """

    kind: RaisedKind
    seconds: float = 0.0
    sent: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider refuses, in its own words.

    Attributes:
        kind: why.
        status: the HTTP status.
        headers: such as ``retry-after``.
        message: the text within the provider's form.
        retry_in: seconds after which to come again, said as a date in ``retry-after`` (counted
            from when it is said, so that a plan holds no date); ``None``: it says none.
    """

    kind: ErrorKind
    status: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    message: str = ""
    retry_in: float | None = None


@dataclass(frozen=True, slots=True)
class CutStream:
    """A streamed reply ends too early.

    Attributes:
        after: how many events leave first; within a tool call, how many of the call's.
        how: the body ends well (``end``), the connection is closed in its midst (``close``) or
            reset (``reset``), says nothing any more (``hang``, after ``seconds`` a read timeout),
            or the stream says an error (``error``).
        within_call: whether it is counted from the first event of a tool call's arguments.
        seconds: how long it hangs.
        kind: the error that the stream says.
    """

    after: int
    how: Literal["end", "close", "reset", "hang", "error"]
    within_call: bool = False
    seconds: float = 0.0
    kind: ErrorKind = "overloaded"


@dataclass(frozen=True, slots=True)
class EditedStream:
    """Events of a streamed reply come twice, in another order, or not at all.

    Attributes:
        what: ``duplicate`` or ``reorder`` the event at ``at`` (with the one behind it), or leave
            out the last mark (``no_done``), as ``[DONE]``.
        at: counted from the first event that carries content.
    """

    what: Literal["duplicate", "reorder", "no_done"]
    at: int = 0


@dataclass(frozen=True, slots=True)
class BrokenBody:
    """A whole reply whose body is none.

    Attributes:
        what: ``invalid_json``, an ``html`` page with status 200, ``empty``, or ``truncated``.
        kept: the share of the body that stays where it is truncated.
    """

    what: Literal["invalid_json", "html", "empty", "truncated"]
    kept: float = 0.5


@dataclass(frozen=True, slots=True)
class BrokenCalls:
    """What the model called comes broken, or the reply says something else of itself.

    Attributes:
        index: which call, in the order in which they come.
        id: its new id; ``None``: as it was; an empty string: none at all.
        same_id: all calls get the first one's id.
        name: its new name; ``None``: as it was.
        arguments: its new arguments, as text; ``None``: as they were.
        kept: the share of the arguments' text that stays; 1: all of it.
        stripped: whether the calls are left out altogether.
        finish: what the reply says of why it ended: ``stop``, ``length`` or ``tool_calls``; empty:
            as it was.
        model: the model that the reply names; empty: as it was.
        usage: what the counted tokens are multiplied with.
    """

    index: int = 0
    id: str | None = None
    same_id: bool = False
    name: str | None = None
    arguments: str | None = None
    kept: float = 1.0
    stripped: bool = False
    finish: Literal["", "stop", "length", "tool_calls"] = ""
    model: str = ""
    usage: float = 1.0


@dataclass(frozen=True, slots=True)
class BrokenResults:
    """The newest results go back to the provider broken.

    Attributes:
        what: one is left out (``missing``), two swap their ids (``swapped``), one comes twice
            (``repeated``), or they come in another order (``reordered``).
        index: which one.
    """

    what: Literal["missing", "swapped", "repeated", "reordered"]
    index: int = 0


Fault: TypeAlias = (
    Pace | Raised | Refused | CutStream | EditedStream | BrokenBody | BrokenCalls | BrokenResults
)
