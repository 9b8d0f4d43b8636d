"""Which conversation this is: set by whoever runs the agent, read once, at the tap."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar, Token
from types import TracebackType
from typing import ParamSpec, TypeVar

from sealegs.wrapping import within

__all__ = ["CLAIMS_HEADER", "SESSION_HEADER", "Session", "current", "current_agent", "session"]

P = ParamSpec("P")
R = TypeVar("R")

SESSION_HEADER = "x-sealegs-session"
"""Carries the session's name to a wire tap in another thread; the tap strips it."""

CLAIMS_HEADER = "x-sealegs-claims"
"""Names the layers that a tap above has run already; the wire tap skips them and strips it."""

_PLAIN = "/:@+,;=!$&'()*"
"""What a name may hold in a header as it is, beside letters, digits and ``_.-~``."""

_current: ContextVar[Session | None] = ContextVar("sealegs_session", default=None)


class Session:
    """One conversation of one agent, as a context manager, sync and async.

    Sessions nest: a sub-agent's conversation is its own, so its name is made of its parent's and
    its own. A session may be entered again, also in another thread, but not twice at once.

    Attributes:
        name: the whole name, parents first.
        agent: the agents' names alone, likewise: the same in every run, whatever names the
            conversations have.
    """

    __slots__ = ("_tokens", "agent", "name")

    def __init__(self, name: str, agent: str = "") -> None:
        self.name, self.agent = name, agent
        self._tokens: list[Token[Session | None]] = []

    @property
    def headers(self) -> Mapping[str, str]:
        """Request headers that carry the session where context variables do not reach.

        Give them to a client as extra headers. The wire tap takes them off again. A name that is no
        plain ASCII is percent-encoded, for a header can hold nothing else.
        """
        from urllib.parse import quote

        return {SESSION_HEADER: quote(self.name, safe=_PLAIN)}

    def wrap(self, function: Callable[P, R]) -> Callable[P, R]:
        """Give a function that runs in this session, in whatever thread or executor it is called.

        Of a coroutine function it gives a coroutine function.
        """
        return within(_current, self, function)

    def __enter__(self) -> Session:
        self._tokens.append(_current.set(self))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _current.reset(self._tokens.pop())

    async def __aenter__(self) -> Session:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, trace)


def session(name: str, *, agent: str = "") -> Session:
    """Name the conversation that the calls inside belong to.

    Reasoning is then looked up within this conversation alone, which makes every match certain
    where two conversations hold identical texts.

    Args:
        name: the conversation's own name, such as a thread id. It is stored as a digest.
        agent: the agent's name, where several work in one conversation.

    >>> with session("thread-7"):
    ...     with session("search", agent="researcher"):
    ...         current()
    'thread-7/researcher:search'
    """
    own = f"{agent}:{name}" if agent else name
    outer = _current.get()
    if outer is None or not outer.name:
        return Session(own, _joined(outer.agent if outer else "", agent))
    return Session(f"{outer.name}/{own}", _joined(outer.agent, agent))


def _joined(*agents: str) -> str:
    return "/".join(filter(None, agents))


def current() -> str:
    """Give the current session's whole name, or an empty string."""
    inside = _current.get()
    return inside.name if inside else ""


def current_agent() -> str:
    """Give the names of the agents that are at work, outer ones first, or an empty string.

    >>> with session("thread-7"), session("search", agent="researcher"):
    ...     current_agent()
    'researcher'
    """
    inside = _current.get()
    return inside.agent if inside else ""
