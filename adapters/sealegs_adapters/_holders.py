"""Taps the HTTP client that another object holds, on that one object, reversibly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sealegs_adapters import http
from sealegs_adapters._tapping import AsyncTap, Tap, Tapping, library_of

__all__ = ["hold", "holds", "release"]


def hold(root: Any, paths: Iterable[str], tapping: Tapping) -> int:
    """Put tapped copies in the place of HTTP clients.

    The copies share the connections of what they replace, so an HTTP client that others use as
    well is not changed for them.

    Args:
        root: the object from which paths start.
        paths: dotted attribute paths to HTTP clients; what is not there is passed over.
        tapping: what the taps work with.

    Returns:
        How many clients are tapped now, those included that were already.
    """
    count = 0
    for holder, name, client in _clients(root, paths):
        if not _is_tapped(client):
            copy: Any = http.tapped(client, pipeline=tapping)
            copy._sealegs_original = client  # also keeps its connections open
            setattr(holder, name, copy)
        count += 1
    return count


def holds(root: Any, paths: Iterable[str], *, tapped: bool = False) -> bool:
    """Say whether there is an HTTP client to tap, or one that is tapped already."""
    return any(_is_tapped(client) or not tapped for _, _, client in _clients(root, paths))


def release(root: Any, paths: Iterable[str]) -> int:
    """Put the original clients back, and say how many there were."""
    count = 0
    for holder, name, client in _clients(root, paths):
        original = getattr(client, "_sealegs_original", None)
        if original is not None:
            setattr(holder, name, original)
            count += 1
    return count


def _clients(root: Any, paths: Iterable[str]) -> Iterator[tuple[Any, str, Any]]:
    """Find clients one by one, so that one which two paths lead to is seen as it is by then."""
    for path in paths:
        *way, name = path.split(".")
        holder = root
        for step in way:
            holder = getattr(holder, step, None)
        client = getattr(holder, name, None)
        if client is not None and _is_client(client):
            yield holder, name, client


def _is_client(thing: Any) -> bool:
    try:
        library = library_of(thing)
    except TypeError:
        return False
    return isinstance(thing, library.Client | library.AsyncClient)


def _is_tapped(client: Any) -> bool:
    return isinstance(client._transport, Tap | AsyncTap)
