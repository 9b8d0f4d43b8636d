"""The run-time check of arguments against a schema, compiled when it is first needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sealegs.calls.bounding import UNIONS, few_ways, without_branches
from sealegs.calls.pointers import at, copied, pointer_to
from sealegs.jsons import Json, is_array, is_object

if TYPE_CHECKING:
    import jsonschema_rs

__all__ = ["Problem", "Validator"]

_LONGEST = 300
_CLOSED = "additionalProperties"


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

    __slots__ = ("_broken", "_compiled", "_explaining", "schema")

    def __init__(self, schema: Json) -> None:
        self.schema = schema
        self._compiled: jsonschema_rs.Validator | None = None
        self._explaining: jsonschema_rs.Validator | None = None
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

        Of a union that refuses, there is one reason, not those of its branches. Of a schema that
        would need too long to give all, the first alone is given.

        >>> [(one.pointer, one.keyword) for one in Validator({"type": "integer"}).problems("3")]
        [('', 'type')]
        """
        if self.accepts(value):
            return ()
        try:
            errors = self._errors(value)
        except UnicodeEncodeError:
            errors = self._errors(_without_surrogates(value))
        return tuple(sorted(errors, key=_order))[:limit] or (self._unexplained(),)

    def _errors(self, value: Json) -> list[Problem]:
        import jsonschema_rs

        if self._explaining is None:
            try:
                self._explaining = _compiled(without_branches(self.schema))
            except ValueError:  # it is as deep as the validator takes, without the two negations
                return []
        if few_ways(self.schema, value):
            return [_problem(one, self.schema) for one in self._explaining.iter_errors(value)]
        try:
            self._explaining.validate(value)
        except jsonschema_rs.ValidationError as error:
            return [_problem(error, self.schema)]
        return []

    def _unexplained(self) -> Problem:
        return Problem("", "", "it does not fit the schema", self.schema)

    def _compile(self) -> None:
        try:
            self._compiled = _compiled(self.schema)
        except Exception as error:  # the schema is a stranger's: whatever is wrong with it
            self._broken = str(error).partition("\n")[0] or type(error).__name__
        else:
            self._broken = ""


def _compiled(schema: Json) -> jsonschema_rs.Validator:
    import jsonschema_rs

    return jsonschema_rs.validator_for(schema, validate_formats=False, offline=True)


def _order(problem: Problem) -> tuple[str, str, str]:
    return problem.pointer, problem.keyword, problem.message


def _problem(error: jsonschema_rs.ValidationError, root: Json) -> Problem:
    path = error.schema_path
    keyword, holder = _union(root, path) or (error.kind.name, None)
    if keyword == "falseSchema" and path[-1:] == [_CLOSED] != error.instance_path[-1:]:
        keyword = _CLOSED  # said of the whole object, not of a member
    message = f"no branch of {keyword} accepts it" if holder else error.message
    if holder is None:
        holder = _holder(root, path, keyword, error.kind.value)
    if len(message) > _LONGEST:
        message = message[: _LONGEST - 1] + "…"
    return Problem(pointer_to(error.instance_path), keyword, message, holder)


def _union(root: Json, path: Sequence[str | int]) -> tuple[str, Json] | None:
    """Find the union that stands behind two negations; see `without_branches`."""
    if len(path) < 3 or path[-1] != "not" or path[-3] != "allOf":
        return None
    node, place = at(root, path[:-3]), path[-2]
    if not is_object(node) or not isinstance(place, int):
        return None
    unions = [name for name in UNIONS if is_array(node.get(name))]
    hidden = place - len(node.get("allOf", ()))
    return (unions[hidden], node) if 0 <= hidden < len(unions) else None


def _holder(root: Json, path: Sequence[str | int], keyword: str, value: Json) -> Json:
    """Find the subschema that holds a keyword; a path may begin at an embedded resource."""
    if keyword == "falseSchema":
        return False
    ends = [index for index, step in enumerate(path) if step == keyword]
    node = at(root, path[: ends[-1]]) if ends else None
    return node if is_object(node) and keyword in node else {keyword: value}


def _without_surrogates(value: Json) -> Json:
    """Copy a value with its lone surrogates replaced, which the validator cannot read."""
    return copied(value, _scrubbed)


def _scrubbed(value: Json) -> Json:
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
