"""What a model is told of a call that was not run: short, plain, and enough to mend it.

The texts are a function of their input alone, and name places by JSON Pointer, so that the same
fault always reads the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sealegs.calls.admitting import declared_in, type_of
from sealegs.calls.pointers import at, path_of
from sealegs.calls.repairs import Repair
from sealegs.calls.validating import Problem
from sealegs.jsons import Json, dump, is_array, is_object

__all__ = ["cut_off", "doubtful", "refused", "unreadable"]

_PROBLEMS = 5
_LINE = 170
_SHORT = 60
_ANNOTATIONS = frozenset({"$comment", "default", "description", "examples", "title"})


def cut_off(tool: str) -> str:
    """Say that the arguments are not whole.

    >>> print(cut_off("save"))
    The call of save was not run: its arguments were cut off before they were complete. \
Call it again with all arguments, and make them shorter, or do the work in several smaller calls.
    """
    return (
        f"The call of {_named(tool)} was not run: its arguments were cut off before they were "
        "complete. Call it again with all arguments, and make them shorter, or do the work in "
        "several smaller calls."
    )


def unreadable(tool: str, reason: str) -> str:
    """Say that nothing can be made of the arguments."""
    return (
        f"The call of {_named(tool)} was not run: its arguments cannot be read as JSON "
        f"({_cut(reason, _LINE)}). Call it again with one valid JSON object as arguments."
    )


def doubtful(tool: str, repairs: Iterable[Repair]) -> str:
    """Say that the arguments can be read in several ways.

    >>> print(doubtful("save", [Repair("/a", "guess", "missing value")]))
    The call of save was not run: its arguments are not valid JSON and can be read in more than \
one way:
    - /a: missing value
    Call it again with one valid JSON object as arguments.
    """
    lines = [f"- {_place(one.pointer)}: {one.what}" for one in repairs]
    return "\n".join(
        [
            f"The call of {_named(tool)} was not run: its arguments are not valid JSON and can be "
            "read in more than one way:",
            *_first(lines),
            "Call it again with one valid JSON object as arguments.",
        ]
    )


def refused(tool: str, problems: Sequence[Problem], value: Json) -> str:
    """Say why the schema refuses the arguments.

    >>> problem = Problem("/days", "type", "", {"type": "integer"})
    >>> print(refused("get_weather", [problem], {"days": "three"}))
    The call of get_weather was not run: its arguments do not fit the tool's schema:
    - /days: expected integer, got the string "three"
    Call it again with this put right.
    """
    lines = [f"- {_place(one.pointer)}: {_reason(one, value)}" for one in problems]
    return "\n".join(
        [
            f"The call of {_named(tool)} was not run: its arguments do not fit the tool's schema:",
            *_first(lines),
            "Call it again with this put right.",
        ]
    )


def _first(lines: list[str]) -> list[str]:
    once = list(dict.fromkeys(_cut(line, _LINE) for line in lines))
    shown = once[:_PROBLEMS]
    more = len(once) - len(shown)
    return [*shown, f"- and {more} more"] if more else shown


def _named(tool: str) -> str:
    return _cut(tool, 128)


def _place(pointer: str) -> str:
    return _cut(pointer, 80) or "the arguments"


def _reason(problem: Problem, value: Json) -> str:
    node = at(value, path_of(problem.pointer, value))
    schema = problem.schema
    match problem.keyword:
        case "required":
            return _missing(schema, node)
        case "additionalProperties" | "unevaluatedProperties":
            return _unknown(problem, node)
        case "falseSchema":
            return "this is not allowed here; leave it out"
        case "":
            return problem.message
        case _:
            return f"expected {_expected(problem)}, got {_got(node)}"


def _expected(problem: Problem) -> str:
    schema, keyword = problem.schema, problem.keyword
    said = schema.get(keyword) if is_object(schema) else None
    match keyword:
        case "type":
            return " or ".join(str(one) for one in (said if is_array(said) else [said]))
        case "enum" if is_array(said):
            return _cut("one of " + ", ".join(_json(one) for one in said), 110)
        case "const":
            return _cut(_json(said), 110)
        case "anyOf" | "oneOf" if is_array(said):
            branches = " or ".join(_schema(one) for one in said)
            return _cut(f"{'exactly ' if keyword == 'oneOf' else ''}one of {branches}", 110)
        case _:
            return _cut(f"{keyword} {_schema(said)}", 110)


def _missing(schema: Json, node: Json) -> str:
    names = schema.get("required") if is_object(schema) else None
    given = node if is_object(node) else {}
    absent = [name for name in names if name not in given] if is_array(names) else []
    if not absent:
        return "a required property is missing"
    declared = declared_in(schema, schema)
    texts = [
        _json(name) + (f" ({_cut(_schema(declared[name]), _SHORT)})" if name in declared else "")
        for name in absent
    ]
    word = "properties are" if len(absent) > 1 else "property is"
    return f"the required {word} missing: {', '.join(texts)}"


def _unknown(problem: Problem, node: Json) -> str:
    declared = declared_in(problem.schema, problem.schema)
    given = node if is_object(node) else {}
    extra = [name for name in given if name not in declared]
    if "patternProperties" in problem.schema or not extra:
        return problem.message
    unknown = _cut(", ".join(_json(name) for name in extra), _SHORT)
    known = ", ".join(_json(name) for name in declared)
    return f"unknown: {unknown}; " + (f"known are {known}" if known else "none is known")


def _got(node: Json) -> str:
    kind = type_of(node)
    if kind == "null":
        return "null"
    if kind in ("array", "object"):
        return f"an {kind}"
    return f"the {kind} {_cut(_json(node), _SHORT)}"


def _schema(schema: Json) -> str:
    """Write a subschema without what only describes it."""
    if not is_object(schema):
        return _json(schema)
    said = {name: value for name, value in schema.items() if name not in _ANNOTATIONS}
    return str(said["type"]) if list(said) == ["type"] else _json(said)


def _json(value: Json) -> str:
    return dump(value).decode()


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
