"""References: each maps as its definition does, however often it comes round."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sealegs.jsons import Json
from sealegs.schema.codec import Step, Walk

__all__ = ["Link"]


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """Maps as the definition of a name does, which may not be known yet."""

    steps: Mapping[str, Step]
    name: str

    def encoding(self, value: Json, /) -> Walk:
        """Map to the lowered schema."""
        return (yield from self.steps[self.name].encoding(value))

    def decoding(self, value: Json, /) -> Walk:
        """Map back."""
        return (yield from self.steps[self.name].decoding(value))
