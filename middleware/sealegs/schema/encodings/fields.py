"""An object's properties: renamed, null where absent, and the others in a list of pairs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from sealegs.errors import ArgumentError
from sealegs.jsons import Json, is_array, is_object
from sealegs.schema.codec import UNCHANGED, Step, Walk

__all__ = ["KEY", "VALUE", "WRAP", "Absence", "Boxed", "Field", "Fields", "Pairs"]

Absence: TypeAlias = Literal["absent", "null", "wrapped"]
"""How a property that is not there is said: it is not there; it is null; it is null, and what is
there is wrapped, for it may be null itself."""

WRAP = "value"
KEY, VALUE = "key", "value"


class Field(NamedTuple):
    """One declared property.

    Attributes:
        alias: its name in the lowered schema.
        step: what maps its value.
        absence: see `Absence`.
    """

    alias: str
    step: Step = UNCHANGED
    absence: Absence = "absent"


@dataclass(frozen=True, slots=True)
class Pairs:
    """Maps an object to a list of ``{"key": …, "value": …}``."""

    step: Step = UNCHANGED

    def encoding(self, value: Json, /) -> Walk:
        """List the members."""
        if not is_object(value):
            return value
        pairs: list[Json] = []
        for key, item in value.items():
            mapped = item if self.step is UNCHANGED else (yield key, self.step, item)
            pairs.append({KEY: key, VALUE: mapped})
        return pairs

    def decoding(self, value: Json, /) -> Walk:
        """Gather the members; an object is the thing itself."""
        if not is_array(value):
            return value
        gathered: dict[str, Json] = {}
        for index, pair in enumerate(value):
            if not is_object(pair) or not isinstance(pair.get(KEY), str) or VALUE not in pair:
                raise ArgumentError(f"/{index}", 'must be an object with "key" and "value"')
            key, item = pair[KEY], pair[VALUE]
            if key in gathered:
                raise ArgumentError(f"/{index}/{KEY}", f"{key!r} is there twice")
            gathered[key] = item if self.step is UNCHANGED else (yield index, self.step, item)
        return gathered


@dataclass(frozen=True, slots=True)
class Fields:
    """Maps an object member by member.

    Attributes:
        named: the declared properties by name.
        slot: the name of the list that holds the other members; empty where they stay beside.
        others: what maps the other members: all of them at once in a slot, else each.
    """

    named: Mapping[str, Field]
    slot: str = ""
    others: Step = UNCHANGED

    def encoding(self, value: Json, /) -> Walk:
        """Map to the lowered schema."""
        if not is_object(value):
            return value
        mapped: dict[str, Json] = {}
        for name, entry in self.named.items():
            if name in value:
                item = value[name]
                if entry.step is not UNCHANGED:
                    item = yield name, entry.step, item
                mapped[entry.alias] = {WRAP: item} if entry.absence == "wrapped" else item
            elif entry.absence != "absent":
                mapped[entry.alias] = None
        rest = {key: item for key, item in value.items() if key not in self.named}
        if self.slot:
            mapped[self.slot] = yield self.slot, self.others, rest
            return mapped
        for key, item in rest.items():
            mapped[key] = item if self.others is UNCHANGED else (yield key, self.others, item)
        return mapped

    def decoding(self, value: Json, /) -> Walk:
        """Map back."""
        if not is_object(value):
            return value
        names = {entry.alias: (name, entry) for name, entry in self.named.items()}
        mapped: dict[str, Json] = {}
        for key, given in value.items():
            item = given
            if key in names:
                name, entry = names[key]
                if entry.absence != "absent" and item is None:
                    continue
                if entry.absence == "wrapped" and is_object(item) and item.keys() == {WRAP}:
                    item = item[WRAP]
                if entry.step is not UNCHANGED:
                    item = yield key, entry.step, item
                mapped[name] = item
            elif self.slot and key == self.slot:
                beside = yield key, self.others, item
                for other in beside if is_object(beside) else ():
                    if other in self.named:
                        raise ArgumentError(f"/{key}", f"{other!r} is a property of its own")
                if is_object(beside):
                    mapped.update(beside)
            elif key in self.named:
                raise ArgumentError(f"/{key}", f"must be named {self.named[key].alias!r}")
            else:
                step = UNCHANGED if self.slot else self.others
                mapped[key] = item if step is UNCHANGED else (yield key, step, item)
        return mapped


@dataclass(frozen=True, slots=True)
class Boxed:
    """Maps any value to an object with one property that holds it."""

    step: Step = UNCHANGED

    def encoding(self, value: Json, /) -> Walk:
        """Wrap."""
        inner = value if self.step is UNCHANGED else (yield WRAP, self.step, value)
        return {WRAP: inner}

    def decoding(self, value: Json, /) -> Walk:
        """Unwrap; what is not wrapped is the value itself."""
        inner = value[WRAP] if is_object(value) and value.keys() == {WRAP} else value
        if self.step is UNCHANGED:
            return inner
        return (yield WRAP, self.step, inner)
