"""What a driver is given: where the model is, what to say to it, and the tapped clients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from script import QUESTIONS, Cell

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["API_KEY", "MODEL", "Job", "NotOfferedError"]

MODEL = "acme-thinker-1"  # a name that no framework has rules for
API_KEY = "none"


class NotOfferedError(Exception):
    """The framework has no such mode: its message says what it does instead."""


@dataclass(slots=True)
class Job:
    """One conversation with one framework.

    Attributes:
        url: The base URL of the model, ending in `/v1`.
        cell: The form of the reasoning, and whether to stream.
        tapped: Put sealegs below the framework, through an HTTP client that it is given.
    """

    url: str
    cell: Cell
    tapped: bool
    _pipeline: Any = None

    @property
    def streamed(self) -> bool:
        """Say whether the framework is to stream."""
        return self.cell.streamed

    @property
    def questions(self) -> tuple[str, ...]:
        """Return the user's messages; conversations of different cells begin differently."""
        first, *others = QUESTIONS
        return (f"Case {self.cell.name}. {first}", *others)

    def client(self, library: ModuleType) -> Any:
        """Return a tapped client of `httpx` or `httpx2`, or None in the arm without sealegs."""
        if not self.tapped:
            return None
        from sealegs_adapters import http

        return http.client(library=library, pipeline=self.pipeline())

    def async_client(self, library: ModuleType) -> Any:
        """Return a tapped asynchronous client, or None in the arm without sealegs."""
        if not self.tapped:
            return None
        from sealegs_adapters import http

        return http.async_client(library=library, pipeline=self.pipeline())

    def pipeline(self) -> Any:
        """Return the one pipeline of this conversation."""
        if self._pipeline is None:
            import sealegs

            self._pipeline = sealegs.Pipeline.load()
        return self._pipeline
