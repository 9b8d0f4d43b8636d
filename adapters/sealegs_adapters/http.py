"""httpx and httpx2: a transport that keeps reasoning, under any client that takes one.

Most clients of model providers are built on one of the two packages, whose transports have the same
shape; one implementation serves both, sync and async, whole and streamed.

    import httpx
    from sealegs_adapters import http

    client = http.wrap(httpx.Client())
"""

from __future__ import annotations

import copy
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from sealegs_adapters._tapping import AsyncTap, Tap, Tapping, library_of
from sealegs_adapters._transport import taps

if TYPE_CHECKING:
    from sealegs import Pipeline

__all__ = ["async_client", "client", "tapped", "transport", "unwrap", "wrap"]

C = TypeVar("C")


def transport(inner: Any, *, pipeline: Pipeline | Tapping | None = None) -> Any:
    """Wrap a transport of httpx or httpx2, sync or async.

    Args:
        inner: the transport that reaches the network.
        pipeline: shared by all that is to share a store; by default a new one is loaded.

    Returns:
        A transport of the same package and colour.

    Raises:
        TypeError: it is a transport of neither package.
    """
    library = library_of(inner)
    made, tapping = taps(library), _tapping(pipeline)
    if isinstance(inner, library.AsyncBaseTransport):
        return made.asynchronous(inner, tapping)
    return made.synchronous(inner, tapping)


def client(
    *,
    library: ModuleType | None = None,
    pipeline: Pipeline | Tapping | None = None,
    **arguments: Any,
) -> Any:
    """Make a sync client with a tapped transport.

    Args:
        library: ``httpx`` or ``httpx2``; by default httpx2 where it is installed.
        pipeline: as in `transport`.
        arguments: the client's own.
    """
    return wrap((library or _default()).Client(**arguments), pipeline=pipeline)


def async_client(
    *,
    library: ModuleType | None = None,
    pipeline: Pipeline | Tapping | None = None,
    **arguments: Any,
) -> Any:
    """Make an async client with a tapped transport; arguments as in `client`."""
    return wrap((library or _default()).AsyncClient(**arguments), pipeline=pipeline)


def wrap(client: C, *, pipeline: Pipeline | Tapping | None = None) -> C:
    """Tap an existing client, in place: its transport and those of its mounts.

    A client has no official place for another transport once it is made, so this one instance is
    patched; `unwrap` takes it back. Tapping a client twice changes nothing.

    Args:
        client: an httpx or httpx2 ``Client`` or ``AsyncClient``.
        pipeline: as in `transport`.

    Returns:
        The same client.

    Raises:
        TypeError: it is a client of neither package.
    """
    instance: Any = client
    library_of(instance)
    if isinstance(instance._transport, Tap | AsyncTap):
        return client
    tapping = _tapping(pipeline)
    instance._transport = transport(instance._transport, pipeline=tapping)
    instance._mounts = {
        pattern: mounted and transport(mounted, pipeline=tapping)
        for pattern, mounted in instance._mounts.items()
    }
    return client


def tapped(client: C, *, pipeline: Pipeline | Tapping | None = None) -> C:
    """Give a tapped copy of a client, which shares its connections.

    For clients that others may use too: LangChain, for one, shares one among all models.
    """
    library_of(client)
    return wrap(_sharing(client), pipeline=pipeline)


def _sharing(client: C) -> C:
    """Copy a client. A copy that is dropped closes nothing: the connections are not its own."""
    shared: Any = copy.copy(client)
    kind: type = type(client)
    if hasattr(kind, "__del__"):
        shared.__class__ = type(kind.__name__, (kind,), {"__del__": _keep_open})
    found: C = shared
    return found


def _keep_open(client: object) -> None:
    """Stand in the place of a ``__del__`` that closes connections."""


def unwrap(client: C) -> C:
    """Take the tap off a client again; one that has none stays as it is."""
    instance: Any = client
    instance._transport = _bare(instance._transport)
    instance._mounts = {pattern: _bare(mounted) for pattern, mounted in instance._mounts.items()}
    return client


def _bare(inner: Any) -> Any:
    return inner.inner if isinstance(inner, Tap | AsyncTap) else inner


def _tapping(pipeline: Pipeline | Tapping | None) -> Tapping:
    if isinstance(pipeline, Tapping):
        return pipeline
    if pipeline is None:
        from sealegs import Pipeline

        pipeline = Pipeline.load()
    return Tapping(pipeline)


def _default() -> ModuleType:
    try:
        import httpx2 as library
    except ModuleNotFoundError:
        try:
            import httpx as library  # type: ignore[no-redef]
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError(
                'sealegs_adapters.http needs httpx2 or httpx: pip install "sealegs[http]"'
            ) from error
    return library
