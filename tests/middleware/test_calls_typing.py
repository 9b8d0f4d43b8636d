"""Arguments that a syntax writes as bare text, typed by the tool's schema."""

from __future__ import annotations

import json
from typing import Any

import pytest

from real_tools import real_tools, sample
from sealegs.calls.admitting import admitted, properties_of
from sealegs.calls.repairs import Repair
from sealegs.calls.strictness import same
from sealegs.calls.typing import typed
from sealegs.calls.validating import Validator

TYPED: list[tuple[str, Any, Any]] = [
    ("3", {"type": "integer"}, 3),
    ("\n3\n", {"type": "integer"}, 3),
    ("3.0", {"type": "integer"}, 3),
    ("3", {"type": "number"}, 3),
    ("2.5", {"type": ["number", "null"]}, 2.5),
    ("01234", {"type": "string"}, "01234"),
    ("3", {"type": "string"}, "3"),
    ("3", {"type": ["string", "integer"]}, "3"),
    ("3", {}, "3"),
    ("3", True, "3"),
    ("null", {"type": "string"}, "null"),
    ("null", {"anyOf": [{"type": "string"}, {"type": "null"}]}, "null"),
    ("null", {"type": ["integer", "null"]}, None),
    ("None", {"type": "integer", "nullable": True}, None),
    ("null", {"type": "integer"}, "null"),
    ("true", {"type": "boolean"}, True),
    ("False", {"type": "boolean"}, False),
    ("yes", {"type": "boolean"}, "yes"),
    ("2", {"enum": [1, 2]}, 2),
    ("2", {"enum": [1, "2"]}, "2"),
    ("true", {"const": True}, True),
    ('{"a": "3"}', {"type": "object"}, {"a": "3"}),
    ("[1, 2]", {"type": "array"}, [1, 2]),
    ('{"a": 1}', {"type": "string"}, '{"a": 1}'),
    ('{"a": 1}', {"type": "array"}, '{"a": 1}'),
    ("[1", {"type": "integer"}, "[1"),
    ("{nothing", {"type": "integer"}, "{nothing"),
    ("x", {"type": "object"}, "x"),
    ("", {"type": "integer"}, ""),
    ("", {"type": "string"}, ""),
    (" spaces stay ", {"type": "string"}, " spaces stay "),
    ("3", {"$ref": "#/$defs/days"}, 3),
    ("3", {"allOf": [{"type": ["integer", "string"]}, {"type": ["integer", "null"]}]}, 3),
]


@pytest.mark.parametrize(("text", "schema", "wanted"), TYPED)
def test_a_text_is_typed_by_its_schema(text: str, schema: Any, wanted: Any) -> None:
    root = {"properties": {"a": schema}, "$defs": {"days": {"type": "integer"}}}
    found = typed({"a": text}, root)
    assert same(found.value, {"a": wanted})
    assert found.repairs == ()


def test_a_member_that_is_not_declared_is_typed_by_what_is_said_of_such() -> None:
    schema = {
        "properties": {"a": {"type": "integer"}},
        "patternProperties": {"^n_": {"type": "integer"}},
        "additionalProperties": {"type": "boolean"},
    }
    assert typed({"n_1": "1", "b": "true", "a": "2"}, schema).value == {
        "n_1": 1,
        "b": True,
        "a": 2,
    }
    assert typed({"b": "true"}, {"properties": {}}).value == {"b": "true"}


def test_members_are_found_behind_references_and_in_branches() -> None:
    schema = {
        "$ref": "#/$defs/A",
        "$defs": {
            "A": {
                "allOf": [{"properties": {"a": {"type": "integer"}}}],
                "anyOf": [{"properties": {"b": {"type": "null"}}}, {"$ref": "#/$defs/A"}],
            }
        },
    }
    assert typed({"a": "1", "b": "null"}, schema).value == {"a": 1, "b": None}


def test_broken_json_in_a_text_is_mended_and_told() -> None:
    schema = {"properties": {"a": {"type": "object"}, "b": {"type": "array"}}}
    found = typed({"a": "{'x': [1,]}", "b": '["y'}, schema)
    assert found.value == {"a": {"x": [1]}, "b": ["y"]}
    assert found.repairs == (
        Repair("/a", "lossless", "single quotes"),
        Repair("/a/x", "lossless", "trailing comma"),
        Repair("/b/0", "truncated", "cut off"),
    )


def test_a_schema_that_fans_out_or_goes_round_is_typed_in_bounded_time() -> None:
    fan: Any = {f"l{i}": {"allOf": [{"$ref": f"#/$defs/l{i + 1}"}] * 2} for i in range(40)}
    fan["l40"] = {"properties": {"a": {"type": "integer"}}}
    assert typed({"a": "1"}, {"$ref": "#/$defs/l0", "$defs": fan}).value == {"a": 1}
    deep: Any = {"type": "integer"}
    for _ in range(400):
        deep = {"allOf": [deep, deep]}
    assert typed({"a": "1"}, {"properties": {"a": deep}}).value == {"a": "1"}
    assert typed({"a": "1"}, {"$ref": "#"}).value == {"a": "1"}


def test_arguments_of_real_tools_survive_being_written_as_text() -> None:
    tools = real_tools()
    for _, schema in tools:
        value = {
            name: one if not _takes_text(schema, name) else "3"
            for name, one in sample(schema).items()
        }
        texts = {
            name: one if isinstance(one, str) else json.dumps(one) for name, one in value.items()
        }
        found = typed(texts, schema)
        assert same(found.value, value), (schema, texts)
        assert found.repairs == ()
    assert sum(Validator(schema).accepts(sample(schema)) for _, schema in tools) > 300


def _takes_text(schema: Any, name: str) -> bool:
    return any("string" in admitted(one, schema) for one in properties_of(schema, schema, name))
