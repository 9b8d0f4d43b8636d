"""Stores that need nothing but memory; those on disk are plugins."""

from __future__ import annotations

from sealegs.stores.memory import MemoryStore

__all__ = ["MemoryStore"]
