"""Stores that outlive the process, and the way from a URL to a store."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping

from sealegs.errors import SettingsError
from sealegs.records import Store
from sealegs.stores import MemoryStore
from sealegs_plugins.stores.sqlite import SQLiteStore

__all__ = ["SQLiteStore", "open_store"]


def open_store(url: str) -> Store:
    """Open the store that a URL names.

    ``memory`` is this process's memory. ``sqlite:///var/lib/x.db`` and ``sqlite:x.db`` name a file,
    with an absolute and with a relative path; ``~`` is expanded (``sqlite:~/x.db``).

    Raises:
        SettingsError: the URL names no store that there is.
        StoreError: the file comes from a newer release, or is no store.
        OSError: the file cannot be made or opened.

    >>> open_store("memory").blocks
    False
    >>> open_store("sqllite:x.db")
    Traceback (most recent call last):
    sealegs.errors.SettingsError: open_store: store: no 'sqllite' store; did you mean 'sqlite'?
    """
    scheme, _, rest = url.partition(":")
    opener = _OPENERS.get(scheme.lower())
    if opener is None:
        # the rest of the URL may hold a password, so no message shows it
        raise _refused(_why_unknown(scheme) if ":" in url else _why_bare(scheme))
    return opener(rest)


def _memory(rest: str) -> Store:
    if rest.strip("/"):
        raise _refused("the memory store takes nothing after 'memory:'")
    return MemoryStore()


def _sqlite(rest: str) -> Store:
    path = rest
    if rest.startswith("//"):
        if not rest.startswith("///"):
            raise _refused("write sqlite:///absolute/path or sqlite:relative/path")
        path = rest[2:].replace("/~", "~", 1) if rest.startswith("///~") else rest[2:]
    if not path.strip("/"):
        raise _refused("the sqlite store needs a file: sqlite:///absolute/path or sqlite:relative")
    if "?" in path:
        raise _refused("the sqlite store takes no options in its URL")
    return SQLiteStore(path)


def _redis(_rest: str) -> Store:
    raise _refused("a redis store is not shipped yet; there are " + " and ".join(_SHIPPED))


_OPENERS: Mapping[str, Callable[[str], Store]] = {
    "memory": _memory,
    "sqlite": _sqlite,
    "redis": _redis,
    "rediss": _redis,
}
_SHIPPED = ("memory", "sqlite")


def _why_unknown(scheme: str) -> str:
    close = difflib.get_close_matches(scheme.lower(), _SHIPPED, 1)
    hint = f"did you mean {close[0]!r}?" if close else "there are " + " and ".join(_SHIPPED)
    return f"no {scheme!r} store; {hint}"


def _why_bare(word: str) -> str:
    close = difflib.get_close_matches(word.lower(), _SHIPPED, 1)
    hint = f"did you mean {close[0]!r}?" if close else f"for a file, write sqlite:{word}"
    return f"{word!r} names no store; {hint}"


def _refused(reason: str) -> SettingsError:
    return SettingsError("open_store", "store", reason)
