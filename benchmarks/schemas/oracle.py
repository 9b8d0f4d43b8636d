"""Who is right about a document: a validator that neither we nor the peers have written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema_rs

if TYPE_CHECKING:
    from corpora import Case

__all__ = ["Oracle", "compiled", "same"]


def compiled(schema: Any, resources: dict[str, Any] | None = None) -> Any:
    """Compile a schema in its own draft; formats are annotations, and nothing is fetched.

    Raises:
        ValueError: It is no schema, or refers to what is not there.
    """
    registry = jsonschema_rs.Registry(list(resources.items())) if resources else None
    try:
        return jsonschema_rs.validator_for(
            schema, registry=registry, offline=True, validate_formats=False
        )
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError) as error:
        raise ValueError(str(error).splitlines()[0][:160]) from None


class Oracle:
    """What the original schema of a case says; without the labels that it does not agree with.

    Attributes:
        problem: Why the schema cannot be read; empty where it can.
        excused: A converter may refuse it: it is no schema, or not all of it is there.
        valid: The documents that authors and validator take.
        invalid: The documents that they both refuse.
        disputed: How many labels the validator disagrees with.
    """

    def __init__(self, case: Case) -> None:
        self.problem = ""
        self.excused = False
        self.valid: list[Any] = []
        self.invalid: list[Any] = []
        self.disputed = 0
        try:
            self._validator = compiled(case.schema, case.resources)
        except (ValueError, TypeError, OverflowError) as error:
            self.problem = str(error) or type(error).__name__
            self.excused = case.corpus in {"schemastore", "walle"}
            return
        self.valid = [one for one in case.valid if self.accepts(one)]
        self.invalid = [one for one in case.invalid if not self.accepts(one)]
        labelled = len(case.valid) + len(case.invalid)
        self.disputed = labelled - len(self.valid) - len(self.invalid)

    def accepts(self, document: Any) -> bool:
        """Whether the original schema takes the document."""
        return bool(self._validator.is_valid(document))


def same(one: Any, other: Any) -> bool:
    """Whether two JSON documents are equal; true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)
