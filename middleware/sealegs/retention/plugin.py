"""Reasoning retention as a plugin, so that it can be blocked by its name, ``reasoning``."""

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
    """Contribute the layer that keeps reasoning."""
    from sealegs.retention.layer import ReasoningLayer

    return (ReasoningLayer(catalog.formats.values(), settings.retention),)
