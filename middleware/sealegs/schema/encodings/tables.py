"""Values of any kind, each said as a string of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sealegs.jsons import Json, dump
from sealegs.schema.codec import Walk
from sealegs.schema.encodings.run import Draft, Run
from sealegs.schema.rewrites.bounds import Said
from sealegs.schema.rewrites.kinds import sameness

__all__ = ["Table", "table"]


@dataclass(frozen=True, slots=True)
class Table:
    """Maps each of some values to a string of its own.

    Attributes:
        texts: what stands for a value, by its sameness.
        values: the value that a string stands for.
    """

    texts: Mapping[bytes, str]
    values: Mapping[str, Json]

    def encoding(self, value: Json, /) -> Walk:
        """Give the string that stands for a value."""
        return self.texts.get(sameness(value), value)
        yield

    def decoding(self, value: Json, /) -> Walk:
        """Give the value that a string stands for."""
        return self.values.get(value, value) if isinstance(value, str) else value
        yield


def table(run: Run, values: Sequence[Json], said: Said) -> Draft:
    """Lower values to an enum of strings: strings stand for themselves, others for their JSON."""
    own = {value for value in values if isinstance(value, str) and value}
    texts: dict[bytes, str] = {}
    back: dict[str, Json] = {}
    for value in values:
        text = value if isinstance(value, str) and value else dump(value).decode("utf-8", "replace")
        while text in back or (text in own and text != value):
            text = f"JSON {text}"
        texts[sameness(value)] = text
        back[text] = value
    run.note("enum", said, "rewritten", "inverse", "values said as strings")
    schema: dict[str, Json] = {"type": "string", "enum": list(back)}
    return Draft(schema, Table(texts, back), frozenset({"string"}))
