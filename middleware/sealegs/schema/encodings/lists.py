"""An array's items, and arrays with a place for each item, said as objects."""

from __future__ import annotations

from dataclasses import dataclass

from sealegs.errors import ArgumentError
from sealegs.jsons import Json, is_array, is_object
from sealegs.schema.codec import UNCHANGED, Step, Walk
from sealegs.schema.encodings.fields import Fields

__all__ = ["Items", "Tuple", "item_name"]


def item_name(index: int) -> str:
    """Give the name of an item that is said as a property."""
    return f"item{index}"


@dataclass(frozen=True, slots=True)
class Items:
    """Maps an array item by item.

    Attributes:
        first: what maps the first items.
        rest: what maps the others.
    """

    first: tuple[Step, ...]
    rest: Step

    def encoding(self, value: Json, /) -> Walk:
        """Map to the lowered schema."""
        if not is_array(value):
            return value
        mapped: list[Json] = []
        for index, item in enumerate(value):
            step = self.first[index] if index < len(self.first) else self.rest
            mapped.append(item if step is UNCHANGED else (yield index, step, item))
        return mapped

    def decoding(self, value: Json, /) -> Walk:
        """Map back."""
        if not is_array(value):
            return value
        mapped: list[Json] = []
        for index, item in enumerate(value):
            step = self.first[index] if index < len(self.first) else self.rest
            mapped.append(item if step is UNCHANGED else (yield index, step, item))
        return mapped


@dataclass(frozen=True, slots=True)
class Tuple:
    """Maps an array of few, known places to an object.

    Attributes:
        fields: maps the object whose members are the items.
        length: how many places there are.
    """

    fields: Fields
    length: int

    def encoding(self, value: Json, /) -> Walk:
        """Make an object of the items."""
        if not is_array(value):
            return value
        named = {item_name(index): item for index, item in enumerate(value)}
        return (yield from self.fields.encoding(named))

    def decoding(self, value: Json, /) -> Walk:
        """Make an array of the members."""
        if not is_object(value):
            return value
        named = yield from self.fields.decoding(value)
        items: list[Json] = []
        for index in range(self.length):
            name = item_name(index)
            if name not in named:
                break
            items.append(named.pop(name))
        if named:
            raise ArgumentError("", f"{next(iter(named))!r} comes after an item that is missing")
        return items
