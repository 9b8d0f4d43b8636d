"""Tool-schema normalization as a plugin, so that it can be blocked by its name, ``tools``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sealegs.specs import hookimpl

if TYPE_CHECKING:
    from sealegs.catalog import Catalog
    from sealegs.flow import Layer
    from sealegs.settings import Settings

__all__ = ["middleware"]


@hookimpl
def middleware(settings: Settings, catalog: Catalog) -> tuple[Layer, ...]:
    """Contribute the layer that normalizes tools."""
    from sealegs.normalization.layer import ToolLayer

    return (ToolLayer(catalog, settings.tools),)
