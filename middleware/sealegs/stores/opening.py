"""Opens a store by its URL. Kinds that need a disk or a network are plugins."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from importlib.metadata import entry_points

from sealegs.errors import SettingsError
from sealegs.records import Store
from sealegs.stores.memory import MemoryStore

__all__ = ["open_store"]

GROUP = "sealegs.stores"


def open_store(url: str) -> Store:
    """Open the store that a URL names.

    ``memory:`` is always there; other schemes come from the entry-point group ``sealegs.stores``,
    whose objects take the URL and give a store.

    Raises:
        SettingsError: no installed plugin knows the scheme.
        StoreError: the store cannot be opened.
    """
    scheme = url.partition(":")[0].lower()
    if scheme == "memory":
        return MemoryStore()
    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    if scheme not in found:
        near = difflib.get_close_matches(scheme, ["memory", *found], 1)
        known = ", ".join(f"{name}:" for name in ("memory", *sorted(found)))
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise SettingsError("settings", "store", f"no store for {scheme!r}{hint} (known: {known})")
    opener: Callable[[str], Store] = found[scheme].load()
    return opener(url)
