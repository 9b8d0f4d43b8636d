"""The run-time check of arguments against a schema."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from corpus import corpus
from sealegs.calls.validating import Problem, Validator


def test_a_problem_names_the_place_the_keyword_and_the_subschema() -> None:
    days = {"type": "integer", "minimum": 1}
    schema = {
        "properties": {"a~/b": {"items": {"$ref": "#/$defs/days"}}},
        "$defs": {"days": days},
    }
    assert Validator(schema).problems({"a~/b": [1, 0, "x"]}) == (
        Problem("/a~0~1b/1", "minimum", "0 is less than the minimum of 1", days),
        Problem("/a~0~1b/2", "type", '"x" is not of type "integer"', days),
    )


@pytest.mark.parametrize("union", ["anyOf", "oneOf"])
def test_a_union_is_one_problem_of_the_schema_that_holds_it(union: str) -> None:
    schema = {union: [{"type": "integer"}, {"type": "null"}], "allOf": [{"not": {"const": 3}}]}
    found = Validator({"properties": {"a": schema}}).problems({"a": "x"})
    assert [(one.pointer, one.keyword, one.schema) for one in found] == [("/a", union, schema)]


def test_what_no_schema_accepts_is_told_of_the_schema_false() -> None:
    found = Validator({"properties": {"a": False}}).problems({"a": 1})
    assert [(one.pointer, one.keyword, one.schema) for one in found] == [
        ("/a", "falseSchema", False)
    ]


def test_the_problems_of_a_value_are_in_the_order_of_their_places() -> None:
    schema = {"additionalProperties": {"type": "integer"}}
    value = dict.fromkeys("dbcae", "x")
    assert [one.pointer for one in Validator(schema).problems(value)] == [
        "/a",
        "/b",
        "/c",
        "/d",
        "/e",
    ]
    assert len(Validator(schema).problems(value, 2)) == 2


def test_format_is_an_annotation() -> None:
    assert Validator({"format": "date"}).accepts("tomorrow")


def test_the_draft_is_the_one_that_the_schema_names() -> None:
    old = {"$schema": "http://json-schema.org/draft-04/schema#", "exclusiveMinimum": True}
    assert not Validator({**old, "minimum": 1}).accepts(1)
    assert Validator({"prefixItems": [{"type": "null"}]}).problems([1])[0].pointer == "/0"


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "dict"},
        {"$ref": "#/$defs/missing"},
        {"$ref": "http://127.0.0.1:9/schema.json"},
        {"pattern": "("},
        {"$schema": "http://example.com/unknown"},
        {"type": ["\ud800"]},
        5,
    ],
    ids=str,
)
def test_a_schema_that_cannot_be_compiled_accepts_everything_and_says_why(schema: Any) -> None:
    validator = Validator(schema)
    assert validator.accepts({"a": 1})
    assert validator.problems({"a": 1}) == ()
    assert validator.broken


def test_a_sound_schema_is_not_broken() -> None:
    assert Validator({"type": "object"}).broken == ""


def test_lone_surrogates_are_checked_as_what_replaces_them() -> None:
    validator = Validator({"additionalProperties": {"maxLength": 1}})
    assert validator.accepts({"\ud800": "\udfff"})
    assert [one.pointer for one in validator.problems({"a": "\ud800\ud800"})] == ["/a"]


def _nested(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = {"x": value}
    return value


RECURSIVE: list[dict[str, Any]] = [
    {
        "anyOf": [
            {"type": "object", "properties": {"x": {"$ref": "#/$defs/A"}}, "required": ["x"]},
            {"type": "object", "properties": {"x": {"$ref": "#/$defs/A"}}, "required": ["x", "y"]},
            {"type": "integer"},
        ]
    },
    {
        "type": ["object", "integer"],
        "allOf": [{"properties": {"x": {"$ref": "#/$defs/A"}}} for _ in range(2)],
    },
    {
        "type": ["object", "integer"],
        "patternProperties": {"x": {"$ref": "#/$defs/A"}, "^x": {"$ref": "#/$defs/A"}},
    },
    {
        "type": ["object", "integer"],
        "properties": {"x": {"$ref": "#/$defs/A"}},
        "dependentSchemas": {"x": {"properties": {"x": {"$ref": "#/$defs/A"}}}},
    },
]


@pytest.mark.parametrize("schema", RECURSIVE, ids=["unions", "both", "patterns", "dependent"])
def test_more_ways_through_a_schema_than_there_is_memory_are_not_gone(
    schema: dict[str, Any],
) -> None:
    validator = Validator({"$ref": "#/$defs/A", "$defs": {"A": schema}})
    assert len(validator.problems(_nested(60))) == 1
    assert validator.problems(_nested(60)) == validator.problems(_nested(60))


def test_many_reasons_for_a_large_value_are_not_all_told() -> None:
    names = [f"name {i}" for i in range(10_000)]
    value = {"text": "x" * 1_000_000}
    assert len(Validator({"required": names}).problems(value, 50)) == 1
    assert len(Validator({"required": names}).problems({}, 50)) == 50


def test_an_object_without_any_members_is_told_of_itself() -> None:
    closed = {"additionalProperties": False}
    found = Validator({"properties": {"a": closed}}).problems({"a": {"b": 1}})
    assert [(one.pointer, one.keyword, one.schema) for one in found] == [
        ("/a", "additionalProperties", closed)
    ]


def test_a_schema_as_deep_as_can_be_is_checked_but_not_explained() -> None:
    schema: Any = {"anyOf": [{"type": "null"}]}
    value: Any = 1
    for _ in range(125):
        schema, value = {"properties": {"x": schema}}, {"x": value}
    validator = Validator(schema)
    assert (validator.broken, validator.accepts(value)) == ("", False)
    assert [(one.pointer, one.keyword) for one in validator.problems(value)] == [("", "")]


def test_references_that_lead_by_names_are_checked_for_the_first_reason() -> None:
    schema = {"$defs": {"a": {"$anchor": "A", "type": "integer"}}, "items": {"$ref": "#A"}}
    assert [one.pointer for one in Validator(schema).problems(["x", "y"])] == ["/0"]
    dynamic = {"$dynamicAnchor": "n", "items": {"$dynamicRef": "#n"}, "type": "array"}
    assert [one.pointer for one in Validator(dynamic).problems([1, 2])] == ["/0"]


def test_a_reference_to_itself_ends() -> None:
    assert Validator({"$ref": "#", "type": "integer"}).problems("x")[0].keyword == "type"


def test_a_refused_value_has_a_problem_and_an_accepted_one_has_none() -> None:
    refused = 0
    with gzip.open(corpus("toolschema", "schemastore.jsonl.gz"), "rt") as lines:
        for row in map(json.loads, lines):
            validator = Validator(row["schema"])
            for value in row["valid"] + row["invalid"]:
                found = validator.problems(value)
                assert bool(found) != validator.accepts(value)
                assert all(one.keyword and one.message for one in found)
                refused += bool(found)
    assert refused > 100
