"""The run-time check of arguments against a schema, compiled when it is first needed."""

from __future__ import annotations

from dataclasses import dataclass

from sealegs.jsons import Json

__all__ = ["Problem", "Validator"]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a value was refused at one place.

    Attributes:
        pointer: JSON Pointer (RFC 6901) of the place in the value.
        keyword: the keyword that refused it.
        message: why, in a short sentence.
        schema: the subschema that holds the keyword.
    """

    pointer: str
    keyword: str
    message: str
    schema: Json


class Validator:
    """Checks values against one schema.

    Args:
        schema: JSON Schema, of the draft that it names; without one, 2020-12. ``format`` is an
            annotation, references to other documents are never fetched.
    """

    __slots__ = ("schema",)

    def __init__(self, schema: Json) -> None:
        self.schema = schema

    @property
    def broken(self) -> str:
        """Why the schema cannot be checked against, so that all is accepted; empty if it can."""
        raise NotImplementedError

    def accepts(self, value: Json) -> bool:
        """Say whether the schema accepts a value."""
        raise NotImplementedError

    def problems(self, value: Json, limit: int = 8) -> tuple[Problem, ...]:
        """Give the first reasons why a value is refused; none where it is accepted."""
        raise NotImplementedError
