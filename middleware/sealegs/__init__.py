"""Sea legs for agents.

Keep their reasoning, steady their tools, and rock the boat before production does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealegs.errors import (
    ArgumentError,
    PerturbationError,
    PluginError,
    SchemaError,
    SchemaLimitError,
    SealegsError,
    SettingsError,
    StoreError,
    StreamTornError,
    WireError,
)
from sealegs.session import Session, session

if TYPE_CHECKING:
    from sealegs.catalog import Catalog
    from sealegs.exchange import Exchange, Retention, ToolUse
    from sealegs.perturbation.campaigns.campaign import Campaign
    from sealegs.perturbation.tools.tapping import tool
    from sealegs.perturbation.worlds.disturbing import disturbed_world
    from sealegs.pipeline import Pipeline
    from sealegs.settings import Settings
    from sealegs.specs import hookimpl

__all__ = [
    "ArgumentError",
    "Campaign",
    "Catalog",
    "Exchange",
    "PerturbationError",
    "Pipeline",
    "PluginError",
    "Retention",
    "SchemaError",
    "SchemaLimitError",
    "SealegsError",
    "Session",
    "Settings",
    "SettingsError",
    "StoreError",
    "StreamTornError",
    "ToolUse",
    "WireError",
    "disturbed_world",
    "hookimpl",
    "session",
    "tool",
]

_LAZY = {
    "Campaign": "sealegs.perturbation.campaigns.campaign",
    "Catalog": "sealegs.catalog",
    "Exchange": "sealegs.exchange",
    "Pipeline": "sealegs.pipeline",
    "Retention": "sealegs.exchange",
    "Settings": "sealegs.settings",
    "ToolUse": "sealegs.exchange",
    "disturbed_world": "sealegs.perturbation.worlds.disturbing",
    "hookimpl": "sealegs.specs",
    "tool": "sealegs.perturbation.tools.tapping",
}


def __getattr__(name: str) -> object:
    """Load what is heavy (pydantic, plugins, OpenTelemetry) at its first use."""
    from importlib import import_module, metadata

    if name == "__version__":
        return metadata.version("sealegs")
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module 'sealegs' has no attribute {name!r}")
