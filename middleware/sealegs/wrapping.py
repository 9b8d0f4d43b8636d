"""Functions that carry a context variable's value to wherever they are called."""

from __future__ import annotations

import contextvars
import inspect
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar, cast

__all__ = ["within"]

P = ParamSpec("P")
R = TypeVar("R")
V = TypeVar("V")


def within(variable: ContextVar[V], value: V, function: Callable[P, R]) -> Callable[P, R]:
    """Give a function that runs with a value set, in whatever thread or executor it is called.

    Of a coroutine function it gives a coroutine function.

    >>> speed = ContextVar("speed", default=0)
    >>> within(speed, 7, speed.get)(), speed.get()
    (7, 0)
    """
    if inspect.iscoroutinefunction(function):
        return cast("Callable[P, R]", _awaited(variable, value, function))

    def inside(*args: P.args, **kwargs: P.kwargs) -> R:
        context = contextvars.copy_context()
        context.run(variable.set, value)
        result: R = context.run(function, *args, **kwargs)
        return result

    return inside


def _awaited(variable: ContextVar[V], value: V, function: Callable[..., Any]) -> Any:
    async def inside(*args: Any, **kwargs: Any) -> Any:
        token = variable.set(value)
        try:
            return await function(*args, **kwargs)
        finally:
            variable.reset(token)

    return inside
