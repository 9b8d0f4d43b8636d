"""Perturbation injection as a plugin, so that it can be blocked by its name, ``perturbation``.

Nothing of it is loaded before a trial runs: production pays for none of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sealegs.perturbation.current import current_trial
from sealegs.specs import hookimpl

if TYPE_CHECKING:
    from sealegs.catalog import Catalog
    from sealegs.flow import Call, Flow, Layer, Reply
    from sealegs.settings import Settings

__all__ = ["middleware"]


@hookimpl
def middleware(settings: Settings, catalog: Catalog) -> tuple[Layer, ...]:
    """Contribute the layers that disturb calls to models; they sleep where no trial runs."""

    def requests() -> Layer:
        from sealegs.perturbation.requests.layer import PerturbationLayer

        return PerturbationLayer(catalog, settings)

    def exchanges() -> Layer:
        from sealegs.perturbation.exchanges.transporting import TransportLayer

        return TransportLayer(catalog, settings)

    return (_Asleep("perturbation", 100, requests), _Asleep("transport-faults", 900, exchanges))


class _Asleep:
    """A layer that is made when it is first needed."""

    fails_open = False

    def __init__(self, name: str, stage: int, make: Callable[[], Layer]) -> None:
        self.name, self.stage = name, stage
        self._make = make
        self._made: Layer | None = None

    def dormant(self) -> bool:
        """Say whether there is nothing to do, no trial being under way here."""
        return current_trial() is None

    def model(self, call: Call, /) -> Flow[Reply]:
        """Hand the call to the layer."""
        made = self._made
        if made is None:  # two threads may make it at once: either one will do
            made = self._made = self._make()
        return made.model(call)
