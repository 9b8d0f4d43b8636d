"""The run-time check of arguments against a schema, compiled when it is first needed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from sealegs.calls.pointers import copied, pointer_to
from sealegs.jsons import Json, is_array, is_object

if TYPE_CHECKING:
    import jsonschema_rs

__all__ = ["Problem", "Validator"]


_MOST = 2_000
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a value was refused at one place.

    Attributes:
        pointer: JSON Pointer (RFC 6901) of the place in the value.
        keyword: the keyword that refused it; ``falseSchema`` where nothing at all is accepted.
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

    __slots__ = ("_broken", "_compiled", "schema")

    def __init__(self, schema: Json) -> None:
        self.schema = schema
        self._compiled: jsonschema_rs.Validator | None = None
        self._broken: str | None = None

    @property
    def broken(self) -> str:
        """Why the schema cannot be checked against, so that all is accepted; empty if it can."""
        if self._broken is None:
            self._compile()
        return self._broken or ""

    def accepts(self, value: Json) -> bool:
        """Say whether the schema accepts a value.

        >>> Validator({"type": "integer"}).accepts("3")
        False
        """
        if self._broken is None:
            self._compile()
        if self._compiled is None:
            return True
        try:
            return self._compiled.is_valid(value)
        except UnicodeEncodeError:
            return self._compiled.is_valid(_without_surrogates(value))

    def problems(self, value: Json, limit: int = 8) -> tuple[Problem, ...]:
        """Give the first reasons why a value is refused; none where it is accepted.

        >>> [(one.pointer, one.keyword) for one in Validator({"type": "integer"}).problems("3")]
        [('', 'type')]
        """
        if self.accepts(value) or self._compiled is None:
            return ()
        try:
            errors = self._errors(value)
        except UnicodeEncodeError:
            errors = self._errors(_without_surrogates(value))
        return tuple(sorted(errors, key=_order))[:limit]

    def _errors(self, value: Json) -> list[Problem]:
        if self._compiled is None:
            return []
        found = islice(self._compiled.iter_errors(value), _MOST)
        return [_problem(error, self.schema) for error in found]

    def _compile(self) -> None:
        import jsonschema_rs

        try:
            self._compiled = jsonschema_rs.validator_for(
                self.schema, validate_formats=False, offline=True
            )
        except Exception as error:  # the schema is a stranger's: whatever is wrong with it
            self._broken = str(error).partition("\n")[0] or type(error).__name__
        else:
            self._broken = ""


def _order(problem: Problem) -> tuple[str, str, str]:
    return problem.pointer, problem.keyword, problem.message


def _problem(error: jsonschema_rs.ValidationError, root: Json) -> Problem:
    keyword = error.kind.name
    message = error.message
    if len(message) > _LONGEST:
        message = message[: _LONGEST - 1] + "…"
    schema = _holder(root, error.schema_path, keyword, error.kind.value)
    return Problem(pointer_to(error.instance_path), keyword, message, schema)


def _holder(root: Json, path: Sequence[str | int], keyword: str, value: Json) -> Json:
    """Find the subschema that holds a keyword; a path may begin at an embedded resource."""
    node = root
    for step in path if keyword == "falseSchema" else _up_to(path, keyword):
        if is_object(node) and step in node:
            node = node[str(step)]
        elif is_array(node) and isinstance(step, int) and step < len(node):
            node = node[step]
        else:
            return {keyword: value}
    if keyword == "falseSchema":
        return False
    return node if is_object(node) and keyword in node else {keyword: value}


def _up_to(path: Sequence[str | int], keyword: str) -> Iterable[str | int]:
    """Cut a path before the last step that is the keyword; what follows is inside its value."""
    for index in range(len(path) - 1, -1, -1):
        if path[index] == keyword:
            return path[:index]
    return path[:-1]


def _without_surrogates(value: Json) -> Json:
    """Copy a value with its lone surrogates replaced, which the validator cannot read."""
    return copied(value, _scrubbed)


def _scrubbed(value: Json) -> Json:
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
