"""httpx and httpx2: the HTTP calls that tools make themselves, disturbed as a trial says.

    import httpx
    from sealegs_adapters import tool_http

    client = tool_http.wrap(httpx.Client())

Give such a client to tools. Operators on the surface ``environment`` decide on each of its calls;
without a trial, and in a clean arm, calls pass untouched. A client that talks to models is tapped
by `sealegs_adapters.http` instead.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from sealegs.drivers import AsyncPerformer, Performer, arun, run
from sealegs.flow import wait
from sealegs_adapters._faults import amet, met
from sealegs_adapters._tapping import library_of
from sealegs_adapters._tool_faults import Course, Deciding, course_of

if TYPE_CHECKING:
    from sealegs.perturbation.trial import Trial
    from sealegs.settings import Settings

__all__ = ["transport", "unwrap", "wrap"]

C = TypeVar("C")


class _Marked:
    """Marks a transport of ours."""

    inner: Any


def transport(inner: Any, *, trial: Trial | None = None, settings: Settings | None = None) -> Any:
    """Wrap a transport of httpx or httpx2, sync or async.

    Args:
        inner: the transport that reaches the network.
        trial: for tools that run where context variables do not reach; by default the one that
            runs where the call is made.
        settings: say which hosts and keys are live; by default they are loaded.

    Returns:
        A transport of the same package and colour.

    Raises:
        TypeError: it is a transport of neither package.
    """
    library = library_of(inner)
    synchronous, asynchronous = _transports(library)
    kind = asynchronous if isinstance(inner, library.AsyncBaseTransport) else synchronous
    return kind(inner, Deciding(trial, settings))


def wrap(client: C, *, trial: Trial | None = None, settings: Settings | None = None) -> C:
    """Wrap the transports of a client, in place; `unwrap` takes it back.

    A client has no official place for another transport once it is made, so this one instance is
    patched. Wrapping twice changes nothing.

    Args:
        client: an httpx or httpx2 ``Client`` or ``AsyncClient``.
        trial: as in `transport`.
        settings: likewise.

    Returns:
        The same client.

    Raises:
        TypeError: it is a client of neither package.
    """
    instance: Any = client
    library_of(instance)
    if isinstance(instance._transport, _Marked):
        return client
    instance._transport = transport(instance._transport, trial=trial, settings=settings)
    instance._mounts = {
        pattern: mounted and transport(mounted, trial=trial, settings=settings)
        for pattern, mounted in instance._mounts.items()
    }
    return client


def unwrap(client: C) -> C:
    """Take the wrapping off a client again; one that has none stays as it is."""
    instance: Any = client
    instance._transport = _bare(instance._transport)
    instance._mounts = {pattern: _bare(mounted) for pattern, mounted in instance._mounts.items()}
    return client


def _bare(inner: Any) -> Any:
    return inner.inner if isinstance(inner, _Marked) else inner


@cache
def _transports(library: Any) -> tuple[Any, Any]:
    """Make the transport classes for a package. They subclass its own, so its clients take them."""
    nothing: Any = None
    perform, aperform = Performer(nothing, nothing), AsyncPerformer(nothing, nothing, 0.0)

    class Synchronous(_Marked, library.BaseTransport):  # type: ignore[misc]
        def __init__(self, inner: Any, deciding: Deciding) -> None:
            self.inner, self._deciding = inner, deciding

        def handle_request(self, request: Any) -> Any:
            fate = self._deciding.decide(request)
            if fate is None:
                return self.inner.handle_request(request)
            course: Course = course_of(library, fate, request)
            given: Any = None
            response: Any = None
            while True:
                try:
                    step = course.send(given)
                except StopIteration as done:
                    return done.value
                match step.what:
                    case "send":
                        given = response = self.inner.handle_request(request)
                    case "read":
                        given = response.read()
                        response.close()
                    case "close":
                        response.close()
                    case "wait":
                        run(wait(step.seconds), perform)
                    case "meet":
                        raise met(library, step.fault, request, perform)

        def __enter__(self) -> Any:
            self.inner.__enter__()
            return self

        def __exit__(self, *how: Any) -> None:
            self.inner.__exit__(*how)

        def close(self) -> None:
            self.inner.close()

    class Asynchronous(_Marked, library.AsyncBaseTransport):  # type: ignore[misc]
        def __init__(self, inner: Any, deciding: Deciding) -> None:
            self.inner, self._deciding = inner, deciding

        async def handle_async_request(self, request: Any) -> Any:
            fate = self._deciding.decide(request)
            if fate is None:
                return await self.inner.handle_async_request(request)
            course: Course = course_of(library, fate, request)
            given: Any = None
            response: Any = None
            while True:
                try:
                    step = course.send(given)
                except StopIteration as done:
                    return done.value
                match step.what:
                    case "send":
                        given = response = await self.inner.handle_async_request(request)
                    case "read":
                        given = await response.aread()
                        await response.aclose()
                    case "close":
                        await response.aclose()
                    case "wait":
                        await arun(wait(step.seconds), aperform)
                    case "meet":
                        raise await amet(library, step.fault, request, aperform)

        async def __aenter__(self) -> Any:
            await self.inner.__aenter__()
            return self

        async def __aexit__(self, *how: Any) -> None:
            await self.inner.__aexit__(*how)

        async def aclose(self) -> None:
            await self.inner.aclose()

    return Synchronous, Asynchronous
