"""Tools that give their result in pieces: generators, sync and async."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing
from typing import Any, Protocol

from sealegs.drivers import sleep
from sealegs.flow import Wait
from sealegs.perturbation.tools.calls import RunTool, ToolEffect, ToolFlow
from sealegs.perturbation.tools.values import Unread
from sealegs.perturbation.trial import Trial, current_trial

__all__ = ["PIECES", "Tap", "async_generator", "generator"]

PIECES = Unread("the result comes in pieces")


class Tap(Protocol):
    """A tapped function."""

    @property
    def function(self) -> Callable[..., Any]:
        """The tool."""
        ...

    def flow(self, trial: Trial, args: Any, kwargs: Any) -> ToolFlow[Any]:
        """Begin the flow of a call."""
        ...


class Steps:
    """A call's flow, driven by hand, for generators must not yield within a driver."""

    __slots__ = ("flow", "result")

    def __init__(self, flow: ToolFlow[Any]) -> None:
        self.flow, self.result = flow, None

    def go(self, answer: Any = None, error: BaseException | None = None) -> ToolEffect | None:
        """Go on to the next effect; ``None``: the flow has ended, with a result."""
        try:
            return self.flow.send(answer) if error is None else self.flow.throw(error)
        except StopIteration as done:
            self.result = done.value
            return None


def generator(tap: Tap) -> Callable[..., Generator[Any, Any, Any]]:
    """Wrap a generator function."""

    def call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        trial = current_trial()
        if trial is None:
            straight: Generator[Any, Any, Any] = tap.function(*args, **kwargs)
            return (yield from straight)
        steps = Steps(tap.flow(trial, args, kwargs))
        effect = steps.go()
        while isinstance(effect, Wait):
            time.sleep(effect.seconds)
            effect = steps.go()
        if effect is None:
            yield steps.result
            return None
        try:
            pieces: Generator[Any, Any, Any] = tap.function(*args, **kwargs)
            returned = yield from pieces
        except BaseException as error:
            steps.go(error=error)
            raise
        steps.go(PIECES)
        return returned

    return call


def async_generator(tap: Tap) -> Callable[..., AsyncGenerator[Any, None]]:
    """Wrap an async generator function."""

    async def call(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, None]:
        trial = current_trial()
        steps = None if trial is None else Steps(tap.flow(trial, args, kwargs))
        effect: ToolEffect | None = RunTool() if steps is None else steps.go()
        while isinstance(effect, Wait) and steps is not None:
            await sleep(effect.seconds)
            effect = steps.go()
        if effect is None and steps is not None:
            yield steps.result
            return
        try:
            async with aclosing(tap.function(*args, **kwargs)) as pieces:
                async for piece in pieces:
                    yield piece
        except BaseException as error:
            if steps is not None:
                steps.go(error=error)
            raise
        if steps is not None:
            steps.go(PIECES)

    return call
