"""What plugins know: reasoning formats, and each provider's rules as a row of data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from sealegs.jsons import Json
from sealegs.wire import Message

__all__ = [
    "Account",
    "Evidence",
    "GapPolicy",
    "Parameter",
    "Payload",
    "Provider",
    "ReasoningFormat",
    "Recovery",
    "Scope",
    "Sign",
]

Payload: TypeAlias = Json
"""A turn's reasoning in one format, as JSON, such that the format can write it back exactly."""


class ReasoningFormat(Protocol):
    """One way in which a turn carries reasoning. Stateless and pure: messages are never changed."""

    @property
    def name(self) -> str:
        """The format's name, such as ``reasoning_content``."""
        ...

    @property
    def wires(self) -> frozenset[str]:
        """The wire formats in which it can occur."""
        ...

    def read(self, message: Message) -> Payload | None:
        """Read the reasoning out of an assistant message.

        Returns:
            The payload, or ``None`` where the message carries none in this format. A placeholder
            (an empty or blank text) is not reasoning.
        """
        ...

    def without(self, message: Message) -> Message:
        """Give the message with its reasoning taken out, placeholders and fragments included.

        A message from which there is nothing to take is given back as the very object.
        """
        ...

    def write(self, message: Message, payload: Payload) -> Message | None:
        """Put reasoning into a message that has none.

        Returns:
            The new message, or ``None`` where the payload's place is not there any more.
        """
        ...

    def signed(self, payload: Payload) -> bool:
        """Say whether the payload is signed or encrypted, and so bound to its issuer."""
        ...

    def text(self, payload: Payload) -> str:
        """Give the readable text, for counting and for plain formats; empty where there is none."""
        ...

    def plain(self, text: str) -> Payload | None:
        """Make a payload of plain text, or ``None`` where this format needs more than text."""
        ...

    def detached(self, message: Message) -> Message:
        """Take out what ties a message without reasoning to reasoning that is lost, such as ids."""
        ...


Scope: TypeAlias = Literal["all", "tool_loop", "never"]
"""Which turns: every one, those since the last real user message, or none."""

GapPolicy: TypeAlias = Literal["omit", "empty", "placeholder"]
"""What a turn gets whose reasoning is lost: nothing, an empty text, or the provider's own dummy."""

Account: TypeAlias = Literal["key", "path", "host"]
"""What tells a provider's accounts apart: the key, a project in the path, or the host."""

Evidence: TypeAlias = Literal["recorded", "documented", "reported"]
"""Whether recorded traffic shows a rule, its provider documents it, or somebody reported it."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A request parameter that makes a provider use, or return, reasoning.

    Attributes:
        path: dotted path in the request, such as ``thinking.keep``.
        value: what is set where the caller has set nothing.
        use: ``needed``, where returned reasoning is ignored without it; ``optional``, where it
            changes what the caller gets, and is set only when asked for.
        asks: whether it asks for reasoning, and so goes with every request; any other goes only
            with requests that carry reasoning, and leaves all others as they came.
        models: glob patterns of the models that know it.
        unless: dotted path to forbidden values: not set where the request has one of them.
    """

    path: str
    value: Json
    use: Literal["needed", "optional"] = "needed"
    asks: bool = False
    models: tuple[str, ...] = ("*",)
    unless: Mapping[str, tuple[Json, ...]] = field(default_factory=dict[str, tuple[Json, ...]])


@dataclass(frozen=True, slots=True)
class Recovery:
    """What to do, once, about a documented refusal.

    Attributes:
        pattern: regular expression, searched in the error's text.
        action: ``strip`` all reasoning, ``fill`` missing reasoning with an empty text,
            ``strip_ids`` of items whose reasoning is missing, or ``set`` the parameters.
        fills: for ``fill``: formats, the first that the wire has is written; where the provider's
            row says in which it takes reasoning back, that one is.
        parameters: for ``set``: dotted path to value; a value that is a list joins the one there.
        headers: for ``set``: header to value; joined to the one there with a comma.
        remember: whether it says what a host and model never take, so that it is used from the
            start from now on; false where it speaks of one turn's reasoning alone.
        source: where the refusal's text is recorded.
    """

    pattern: str
    action: Literal["strip", "fill", "strip_ids", "set"]
    fills: tuple[str, ...] = ()
    parameters: Mapping[str, Json] = field(default_factory=dict[str, Json])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    remember: bool = True
    source: str = ""


@dataclass(frozen=True, slots=True)
class Sign:
    """What a self-hosted server's replies look like.

    Attributes:
        path: dotted path in a whole reply or in an event, such as ``system_fingerprint``.
        pattern: regular expression for its text; an empty one asks only that the member is there.
    """

    path: str
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider's rules for reasoning, for some of its models.

    The first row whose host, path and model fit is taken; rows are sorted by ``rank``, then by
    name, so that a model's row stands before its provider's.

    Attributes:
        name: the provider's name, such as ``deepseek``.
        wires: the wire formats that it speaks.
        hosts: glob patterns of host names (with the port, where the request has one).
        models: glob patterns of model names, in lower case, without a vendor prefix.
        paths: glob patterns of URL paths.
        signs: what its replies look like, where hosts do not tell.
        rank: lower is asked first.
        out: formats in which it takes reasoning back, the best first; empty: as it arrived.
        send: which turns get their reasoning back.
        demand: which turns the provider demands it for; a turn there without it is a gap.
        tools_only: the demand holds only for requests that define tools.
        gap: what a demanded turn gets whose reasoning is lost.
        placeholder: the payload of a gap policy ``placeholder``, by format.
        bound: the reasoning is bound to all that stands before it.
        account: what tells accounts apart; signed reasoning never crosses them.
        unique_ids: whether its tool call ids are unique; ``None``: judged by their looks.
        parameters: request parameters that it needs.
        recoveries: refusals that it documents, and what helps.
        source: where the rules stand.
        checked: the date on which the source was read (ISO).
        evidence: how good the source is.
    """

    name: str
    wires: frozenset[str]
    hosts: tuple[str, ...] = ()
    models: tuple[str, ...] = ("*",)
    paths: tuple[str, ...] = ("*",)
    signs: tuple[Sign, ...] = ()
    rank: int = 100
    out: tuple[str, ...] = ()
    send: Scope = "all"
    demand: Scope = "never"
    tools_only: bool = False
    gap: GapPolicy = "omit"
    placeholder: Mapping[str, Payload] = field(default_factory=dict[str, Payload])
    bound: bool = False
    account: Account = "key"
    unique_ids: bool | None = None
    parameters: tuple[Parameter, ...] = ()
    recoveries: tuple[Recovery, ...] = ()
    source: str = ""
    checked: str = ""
    evidence: Evidence = "documented"
