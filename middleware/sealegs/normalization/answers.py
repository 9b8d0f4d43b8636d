"""The JSON Schema of the answer that a request asks for, and the way back of the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from sealegs.errors import ArgumentError
from sealegs.jsons import Json, canonical, dump, parse
from sealegs.memo import Memo
from sealegs.schema.canonical import canonical as canonical_schema
from sealegs.schema.lowering import Lowered, lower

if TYPE_CHECKING:
    from sealegs.normalization.plans import Rules
    from sealegs.schema.dialect import Dialect
    from sealegs.wire import Document

__all__ = ["Answer", "Answers"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of one schema.

    Attributes:
        path: the request parameter that holds it.
        lowered: what it became.
        schema: its new value, spelled; ``None`` where it goes out as it came.
    """

    path: str
    lowered: Lowered
    schema: msgspec.Raw | None

    def back(self, text: str) -> str:
        """Bring an answer back to the shape that was asked for; what is no JSON stays as it is."""
        try:
            value = parse(text)
            new = self.lowered.codec.decode(value)
        except (ValueError, ArgumentError):
            return text
        return text if new == value else dump(new).decode()


class Answers:
    """Lowers the schemas of answers; equal ones for one dialect once.

    Args:
        dialects: by name.
    """

    __slots__ = ("_dialects", "_memo")

    def __init__(self, dialects: Mapping[str, Dialect]) -> None:
        self._dialects = dialects
        self._memo = Memo(4 * 1024 * 1024)

    def answer(self, document: Document, rules: Rules) -> Answer | None:
        """Lower the schema of the answer; ``None`` where the request asks for none.

        Raises:
            SchemaError: it cannot be read.
        """
        found = rules.lens.answer_schema(document)
        if found is None:
            return None
        path, schema = found
        dialect = self._dialect(document, path, rules)
        raw = canonical(schema)
        make = partial(_made, path, schema, raw, dialect)
        return self._memo.get((path, dialect.name, raw), 4 * len(raw), make)

    def _dialect(self, document: Document, path: str, rules: Rules) -> Dialect:
        above, _, last = path.rpartition(".")
        named = self._dialects.get(rules.dialect.answers.get(last, ""))
        if named is not None:
            return named
        asked = bool(above) and document.parameter(f"{above}.strict") is True
        return rules.strict if asked and rules.strict is not None else rules.dialect


def _made(path: str, schema: Json, raw: bytes, dialect: Dialect) -> Answer:
    lowered = lower(canonical_schema(schema).schema, dialect)
    same = canonical(lowered.schema) == raw
    return Answer(path, lowered, None if same else msgspec.Raw(dump(lowered.schema)))
