"""The tool tap for any callable: a decorator under which a tool runs as a trial says.

    @sealegs.tool
    def book(city: str, nights: int = 1) -> str: ...

Functions, coroutine functions, generator functions of both kinds, methods and callable objects are
taken; signature, docstring and annotations stay, for frameworks look at them. What a generator
gives comes in pieces and is not edited: it can fail, be slow, or only seem to run. Without a trial
a call goes straight through.
"""

from __future__ import annotations

import functools
import inspect
import time
from collections.abc import Awaitable, Callable, Collection
from contextvars import ContextVar
from typing import Any, TypeVar, overload

from sealegs.drivers import arun, run, sleep
from sealegs.flow import Wait
from sealegs.jsons import Json
from sealegs.perturbation.edits import ToolCall
from sealegs.perturbation.tools.arguments import Parameters
from sealegs.perturbation.tools.calls import ToolEffect, ToolFlow, disturbed
from sealegs.perturbation.tools.pieces import PIECES, async_generator, generator
from sealegs.perturbation.tools.values import Made, Reading, opened, write_text
from sealegs.perturbation.trial import Counting, Trial, current_trial
from sealegs.session import current_agent

__all__ = ["adriven", "driven", "running", "tapped_tool", "tool"]

F = TypeVar("F", bound=Callable[..., Any])

_running: ContextVar[frozenset[str]] = ContextVar("sealegs_tools", default=frozenset())


def running(tool: str) -> bool:
    """Say whether this is within a tapped tool of that name: then it is disturbed out there."""
    return tool in _running.get()


@overload
def tool(function: F, /, *, name: str | None = None, beside: Collection[str] = ()) -> F: ...
@overload
def tool(*, name: str | None = None, beside: Collection[str] = ()) -> Callable[[F], F]: ...
def tool(function: Any = None, /, *, name: str | None = None, beside: Collection[str] = ()) -> Any:
    """Let a tool be disturbed in trials.

    Put it below the framework's own decorator, nearest to the function, and below whatever tries
    the tool again on behalf of the agent; what tries again within the tool stays within.

    Args:
        function: the tool.
        name: the tool's name where it is not the function's: as the agent knows it.
        beside: names of parameters that the framework fills in and the model does not know, such as
            a state. What differs from run to run must not be a part of what a call is known by. A
            method's object never is, nor are objects that are no data.

    Returns:
        A callable of the same kind, with the same signature.

    Raises:
        TypeError: it is no callable.

    >>> @tool
    ... def look(city: str) -> str:
    ...     "Look out of the window."
    ...     return f"sunny in {city}"
    >>> look("Oslo"), look.__name__, look.__doc__
    ('sunny in Oslo', 'look', 'Look out of the window.')
    """
    if function is None:
        return functools.partial(tool, name=name, beside=beside)
    if not callable(function):
        kind = type(function).__name__
        raise TypeError(f"expected a callable, got {kind}; put the decorator below @{kind}")
    own: str = getattr(function, "__name__", type(function).__name__)
    tap = _Tap(function, name or own, beside)
    return functools.wraps(function)(_wrapper(function)(tap))


tapped_tool = tool
"""The same, under a name that does not meet those of frameworks' own decorators."""


def _wrapper(function: Any) -> Callable[[_Tap], Callable[..., Any]]:
    """Choose the wrapper of a function's own kind; an object's kind is that of its ``__call__``."""
    for one in (function, getattr(function, "__call__", None)):  # noqa: B004
        if inspect.iscoroutinefunction(one):
            return _async_function
        if inspect.isasyncgenfunction(one):
            return async_generator
        if inspect.isgeneratorfunction(one):
            return generator
    return _function


class _Tap:
    """One tapped function."""

    __slots__ = ("function", "name", "parameters", "says_text")

    def __init__(self, function: Callable[..., Any], name: str, beside: Collection[str]) -> None:
        self.function: Callable[..., Any] = function
        self.name = name
        self.parameters = Parameters(function, beside)
        given = getattr(function, "__annotations__", {}).get("return")
        self.says_text = given in (str, "str")

    def flow(self, trial: Trial, args: Any, kwargs: Any) -> ToolFlow[Any]:
        call = ToolCall(self.name, self.parameters.bound(args, kwargs))
        turn = trial.requests if isinstance(trial, Counting) else 0
        return disturbed(trial, call, self, agent=current_agent(), turn=turn)

    def read(self, result: Any) -> Reading:
        return result if result is PIECES else opened(result)

    def made(self, value: Json) -> Made:
        said = write_text(value) if self.says_text else value
        return Made(said, said if isinstance(said, str) else None)


def _function(tap: _Tap) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        trial = current_trial()
        if trial is None or running(tap.name):
            return tap.function(*args, **kwargs)
        return driven(
            tap.flow(trial, args, kwargs), tap.name, lambda: tap.function(*args, **kwargs)
        )

    return call


def _async_function(tap: _Tap) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> Any:
        trial = current_trial()
        if trial is None or running(tap.name):
            return await tap.function(*args, **kwargs)
        flow = tap.flow(trial, args, kwargs)
        return await adriven(flow, tap.name, lambda: tap.function(*args, **kwargs))

    return call


def driven(flow: ToolFlow[Any], name: str, go: Callable[[], Any]) -> Any:
    """Drive a call's flow where blocking is allowed."""

    def perform(effect: ToolEffect) -> Any:
        if isinstance(effect, Wait):
            return time.sleep(effect.seconds)
        token = _running.set(_running.get() | {name})
        try:
            return go()
        finally:
            _running.reset(token)

    return run(flow, perform)


async def adriven(flow: ToolFlow[Any], name: str, go: Callable[[], Awaitable[Any]]) -> Any:
    """Drive a call's flow on an event loop."""

    async def perform(effect: ToolEffect) -> Any:
        if isinstance(effect, Wait):
            return await sleep(effect.seconds)
        token = _running.set(_running.get() | {name})
        try:
            return await go()
        finally:
            _running.reset(token)

    return await arun(flow, perform)
