"""Sea legs for agents.

Keep their reasoning, steady their tools, and rock the boat before production does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealegs.errors import (
    PluginError,
    SealegsError,
    SettingsError,
    StoreError,
    StreamTornError,
    WireError,
)
from sealegs.session import Session, session

if TYPE_CHECKING:
    from sealegs.catalog import Catalog
    from sealegs.exchange import Exchange, Retention
    from sealegs.pipeline import Pipeline
    from sealegs.settings import Settings
    from sealegs.specs import hookimpl

__all__ = [
    "Catalog",
    "Exchange",
    "Pipeline",
    "PluginError",
    "Retention",
    "SealegsError",
    "Session",
    "Settings",
    "SettingsError",
    "StoreError",
    "StreamTornError",
    "WireError",
    "hookimpl",
    "session",
]

_LAZY = {
    "Catalog": "sealegs.catalog",
    "Exchange": "sealegs.exchange",
    "Pipeline": "sealegs.pipeline",
    "Retention": "sealegs.exchange",
    "Settings": "sealegs.settings",
    "hookimpl": "sealegs.specs",
}


def __getattr__(name: str) -> object:
    """Load what is heavy (pydantic, plugins, OpenTelemetry) at its first use."""
    from importlib import import_module, metadata

    if name == "__version__":
        return metadata.version("sealegs")
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'sealegs' has no attribute {name!r}")
