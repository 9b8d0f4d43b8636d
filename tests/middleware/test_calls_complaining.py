"""What a model is told of a call that was not run."""

from __future__ import annotations

from typing import Any

import pytest

from real_tools import real_tools, sample
from sealegs.calls.complaining import cut_off, doubtful, refused, unreadable
from sealegs.calls.repairs import Repair
from sealegs.calls.validating import Problem, Validator


def told(schema: Any, value: Any) -> str:
    """Give the lines between the first and the last."""
    lines = refused("f", Validator(schema).problems(value), value).split("\n")
    assert lines[0] == "The call of f was not run: its arguments do not fit the tool's schema:"
    assert lines[-1] == "Call it again with this put right."
    return "\n".join(lines[1:-1])


REASONS: list[tuple[Any, Any, str]] = [
    ({"type": "integer"}, "x", '- the arguments: expected integer, got the string "x"'),
    (
        {"type": ["integer", "null"]},
        [],
        "- the arguments: expected integer or null, got an array",
    ),
    (
        {"properties": {"a": {"enum": ["x", 1, None]}}},
        {"a": {}},
        '- /a: expected one of "x", 1, null, got an object',
    ),
    ({"const": 5}, None, "- the arguments: expected 5, got null"),
    ({"minimum": 5}, 1, "- the arguments: expected minimum 5, got the integer 1"),
    ({"pattern": "^a"}, "b", '- the arguments: expected pattern "^a", got the string "b"'),
    ({"minItems": 1}, [], "- the arguments: expected minItems 1, got an array"),
    (
        {"required": ["a", "b"], "properties": {"a": {"type": "string", "description": "long"}}},
        {},
        '- the arguments: the required properties are missing: "a" (string), "b"',
    ),
    (
        {"properties": {"a": {}, "b": {}}, "additionalProperties": False},
        {"c": 1, "a": 2},
        '- the arguments: unknown: "c"; known are "a", "b"',
    ),
    (
        {"additionalProperties": False},
        {"c": 1},
        '- the arguments: unknown: "c"; none is known',
    ),
    (
        {"patternProperties": {"^a": {}}, "additionalProperties": False},
        {"c": 1},
        "- the arguments: Additional properties are not allowed ('c' was unexpected)",
    ),
    ({"properties": {"a": False}}, {"a": 1}, "- /a: this is not allowed here; leave it out"),
    (
        {"anyOf": [{"type": "integer"}, {"enum": ["a"], "title": "T"}]},
        True,
        '- the arguments: expected one of integer or {"enum":["a"]}, got the boolean true',
    ),
    (
        {"oneOf": [{"type": "integer"}, {"minimum": 1}]},
        2,
        '- the arguments: expected exactly one of integer or {"minimum":1}, got the integer 2',
    ),
]


@pytest.mark.parametrize(("schema", "value", "wanted"), REASONS)
def test_a_complaint_says_where_what_was_expected_and_what_came(
    schema: Any, value: Any, wanted: str
) -> None:
    assert told(schema, value) == wanted


def test_a_complaint_is_short_whatever_the_schema_and_the_value() -> None:
    schema = {
        "additionalProperties": {"enum": ["option " * 9 + str(i) for i in range(500)]},
        "required": ["name " * 40 + str(i) for i in range(300)],
    }
    value = {"key " * 50 + str(i): "v" * 5_000 for i in range(400)}
    text = refused("tool" * 100, Validator(schema).problems(value, 50), value)
    assert len(text) < 1_200
    problems = [Problem(f"/{i}", "minimum", "", {"minimum": 10**200}) for i in range(50)]
    text = refused("tool" * 100, problems, {str(i): "v" * 500 for i in range(50)})
    assert len(text) < 1_200
    assert text.split("\n")[-2] == "- and 45 more"
    assert len(unreadable("tool" * 100, "r" * 5_000)) < 600
    many = [Repair("/a" * 500, "guess", "missing value")] * 100
    assert len(doubtful("tool" * 100, many)) < 1_200


def test_a_complaint_reads_the_same_each_time() -> None:
    for _, schema in real_tools():
        value = {name: {"not": "this"} for name in sample(schema)}
        first, again = (
            refused("f", Validator(schema).problems(dict(value)), value) for _ in range(2)
        )
        assert first == again


def test_what_was_cut_off_is_to_be_sent_again_and_smaller() -> None:
    text = cut_off("save_file")
    assert "save_file was not run" in text
    assert "cut off" in text
    assert "several smaller calls" in text
