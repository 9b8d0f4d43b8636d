"""Perturbation injection as a plugin, so that it can be blocked by its name, ``perturbation``."""

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
    """Contribute the layers that disturb calls to models; they sleep where no trial runs."""
    from sealegs.perturbation.exchanges.transporting import TransportLayer
    from sealegs.perturbation.requests.layer import PerturbationLayer

    return (PerturbationLayer(catalog, settings), TransportLayer(catalog, settings))
