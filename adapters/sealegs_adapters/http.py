"""httpx and httpx2: a transport that keeps reasoning, under any client that takes one.

Most clients of model providers are built on one of the two packages, whose transports have the same
shape; one implementation serves both, sync and async, whole and streamed.

    import httpx
    from sealegs_adapters import http

    client = http.wrap(httpx.Client())
"""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

from sealegs_adapters._transport import AsyncTap, Tap, library_of, taps

if TYPE_CHECKING:
    from sealegs import Pipeline

__all__ = ["async_client", "client", "transport", "unwrap", "wrap"]

C = TypeVar("C")


def transport(inner: Any, *, pipeline: Pipeline | None = None) -> Any:
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
    made = taps(library)
    chosen = pipeline or _load()
    if isinstance(inner, library.AsyncBaseTransport):
        return made.asynchronous(inner, chosen)
    return made.synchronous(inner, chosen)


def client(
    *, library: ModuleType | None = None, pipeline: Pipeline | None = None, **arguments: Any
) -> Any:
    """Make a sync client with a tapped transport.

    Args:
        library: ``httpx`` or ``httpx2``; by default httpx2 where it is installed.
        pipeline: as in `transport`.
        arguments: the client's own.
    """
    return wrap((library or _default()).Client(**arguments), pipeline=pipeline)


def async_client(
    *, library: ModuleType | None = None, pipeline: Pipeline | None = None, **arguments: Any
) -> Any:
    """Make an async client with a tapped transport; arguments as in `client`."""
    return wrap((library or _default()).AsyncClient(**arguments), pipeline=pipeline)


def wrap(client: C, *, pipeline: Pipeline | None = None) -> C:
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
    chosen = pipeline or _load()
    instance._transport = transport(instance._transport, pipeline=chosen)
    for pattern, mounted in instance._mounts.items():
        if mounted is not None:
            instance._mounts[pattern] = transport(mounted, pipeline=chosen)
    return client


def unwrap(client: C) -> C:
    """Take the tap off a client again; one that has none stays as it is."""
    instance: Any = client
    if isinstance(instance._transport, Tap | AsyncTap):
        instance._transport = instance._transport.inner
    for pattern, mounted in instance._mounts.items():
        if isinstance(mounted, Tap | AsyncTap):
            instance._mounts[pattern] = mounted.inner
    return client


def _load() -> Pipeline:
    from sealegs import Pipeline

    return Pipeline.load()


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
