"""Says where a trial runs: in this context, and in what is wrapped for other threads."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Token
from types import TracebackType
from typing import ParamSpec, Self, TypeVar, cast

from sealegs.perturbation.trial import Trial, trial_variable
from sealegs.wrapping import within

__all__ = ["Entered"]

P = ParamSpec("P")
R = TypeVar("R")


class Entered:
    """What makes a trial a context manager, sync and async."""

    def __init__(self) -> None:
        self._entered: list[Token[Trial | None]] = []

    def begun(self) -> None:
        """Take note that it begins."""
        raise NotImplementedError

    def ended(self, error: BaseException | None) -> None:
        """Take note that it ends, and with what."""
        raise NotImplementedError

    def wrap(self, function: Callable[P, R]) -> Callable[P, R]:
        """Give a function that runs in this trial, in whatever thread or executor it is called.

        Of a coroutine function it gives a coroutine function.
        """
        return within(trial_variable, cast("Trial", self), function)

    def __enter__(self) -> Self:
        self._entered.append(trial_variable.set(cast("Trial", self)))
        self.begun()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        trial_variable.reset(self._entered.pop())
        self.ended(error)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, trace)
