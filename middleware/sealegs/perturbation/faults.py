"""Faults that a client meets as an error of its own library."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sealegs.perturbation.edits import RaisedKind

__all__ = ["StreamOver", "TransportFault"]


class TransportFault(Exception):  # noqa: N818 - it is what the network does, not an error of ours
    """Stands for what a client's library raises; each tap raises that instead.

    Layers let it pass. In a stream a disturbance raises it, and it passes there too.

    Attributes:
        kind: what happens.
        seconds: how long the tap waits before it raises; never longer than the client would.
        told: called as the client meets it; ``None``: nobody needs to know.
    """

    def __init__(
        self, kind: RaisedKind, seconds: float = 0.0, told: Callable[[], None] | None = None
    ) -> None:
        super().__init__(f"{kind}, injected")
        self.kind: RaisedKind = kind
        self.seconds, self.told = seconds, told


class StreamOver(Exception):  # noqa: N818 - likewise
    """Stands for a stream that ends well, though too early; a disturbance raises it.

    Attributes:
        told: called as the client meets the end; ``None``: nobody needs to know.
    """

    def __init__(self, told: Callable[[], None] | None = None) -> None:
        super().__init__("the stream is over, injected")
        self.told = told
