"""What schemas become in each kind of dialect: among them those that other converters get wrong."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import Any

import pytest

from lowered import (
    CLOSED,
    DIALECTS,
    KEYED,
    OPENAPI,
    PERMISSIVE,
    PLAINER,
    TYPED,
    accepts,
    exact,
    lawful,
    narrowed,
)
from sealegs.jsons import dump
from sealegs.schema.codec import IDENTITY
from sealegs.schema.dialect import Dialect, Keyword
from sealegs.schema.lowering import Lowered, lower

TEXT = {"type": "string"}
INT = {"type": "integer"}
NULL = {"type": "null"}


def obj(required: list[str] | None = None, **properties: Any) -> dict[str, Any]:
    """Make a closed object."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties) if required is None else required,
        "additionalProperties": False,
    }


def changes(lowered: Lowered) -> list[tuple[str, str, str]]:
    """Give what is told of each keyword."""
    return [(entry.pointer, entry.keyword, entry.change) for entry in lowered.entries]


# ------------------------------------------------------------------ what others get wrong


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_all_of_objects_is_merged_before_it_is_closed(dialect: Dialect) -> None:
    both = [
        {"type": "object", "properties": {"a": TEXT}, "required": ["a"]},
        {"type": "object", "properties": {"b": INT}, "required": ["b"]},
    ]
    schema = obj(x={"allOf": both})
    good = {"x": {"a": "s", "b": 1}}
    lowered = lawful(schema, dialect, [good], [{"x": {"a": "s"}}, {"x": {"b": 1}}])
    if dialect is CLOSED:
        assert lowered.schema["properties"]["x"] == obj(a=TEXT, b=INT)


def test_properties_beside_all_of_are_kept() -> None:
    beside = {
        "type": "object",
        "properties": {"a": TEXT},
        "required": ["a"],
        "allOf": [{"properties": {"b": INT}, "required": ["b"]}],
    }
    lowered = lawful(obj(x=beside), CLOSED, [{"x": {"a": "s", "b": 1}}], [{"x": {"b": 1}}])
    assert lowered.schema["properties"]["x"] == obj(a=TEXT, b=INT)


NODE = {
    "type": "object",
    "properties": {
        "value": INT,
        "child": {"$ref": "#/$defs/Node", "description": "the next one"},
    },
    "required": ["value"],
    "additionalProperties": False,
}
RECURSIVE = {**obj(root={"$ref": "#/$defs/Node"}), "$defs": {"Node": NODE}}


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_recursion_beside_a_description_stays_what_it_is(dialect: Dialect) -> None:
    value: Any = {"value": 5}
    for number in range(4, 0, -1):
        value = {"value": number, "child": value}
    wrong = {"root": {"value": 1, "child": {"value": "a"}}}
    lowered = lawful(RECURSIVE, dialect, [{"root": value}], [wrong])
    assert not narrowed(lowered)


def test_a_reference_with_a_description_is_wrapped_where_nothing_may_stand_beside_it() -> None:
    child = lower(RECURSIVE, CLOSED).schema["$defs"]["Node"]["properties"]["child"]
    assert child == {
        "description": "the next one",
        "anyOf": [{"$ref": "#/$defs/Node"}, NULL],
    }


def test_an_optional_property_may_be_null_and_nothing_need_be_invented() -> None:
    lowered = lawful(obj([], limit=INT), CLOSED, [{}, {"limit": 1}], [{"limit": "a"}])
    assert lowered.schema == obj(limit={"type": ["integer", "null"]})
    assert changes(lowered) == [("/properties/limit", "required", "rewritten")]


def test_an_object_that_may_be_null_is_closed_too() -> None:
    either = {"type": ["object", "null"], "properties": {"a": TEXT, "b": TEXT}, "required": ["a"]}
    lowered = lawful(obj(x=either), CLOSED, [{"x": None}, {"x": {"a": "s"}}], [{"x": 1}])
    inner = obj(a=TEXT, b={"type": ["string", "null"]})
    assert lowered.schema["properties"]["x"] == {"anyOf": [inner, NULL]}


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_maps_keep_all_their_entries(dialect: Dialect) -> None:
    env = {"type": "object", "additionalProperties": TEXT}
    valid: list[Any] = [{"env": {}}, {"env": {"A": "1", "B": "2"}}]
    lowered = lawful(obj(env=env), dialect, valid, [{"env": {"A": 1}}])
    assert not narrowed(lowered)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
@pytest.mark.parametrize(
    "name", ["$ref", "strict", "default", "title", "properties", "type", "enum", "$defs", "items"]
)
def test_a_property_named_like_a_keyword_is_a_property(dialect: Dialect, name: str) -> None:
    schema = obj(None, **{name: {"type": "string", "description": "a name"}})
    lawful(schema, dialect, [{name: "main"}], [{name: 1}])


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_what_stands_in_a_default_is_data(dialect: Dialect) -> None:
    for value in ({"$ref": "refs/heads/main"}, {"title": "My doc"}, {"type": "array", "n": 1}):
        schema = obj(x={"type": "object", "additionalProperties": {}, "default": value})
        lawful(schema, dialect, [{"x": value}], [{"x": 1}])
    assert lower(schema, PERMISSIVE).schema is schema


def test_no_property_becomes_required_where_none_need_be() -> None:
    schema = obj(["q"], q=TEXT, limit=INT, sort={"type": "string", "default": "asc"})
    lowered = lawful(schema, OPENAPI, [{"q": "a"}], [{"limit": 1}])
    assert lowered.schema["required"] == ["q"]


def test_unions_maps_and_integer_enums_keep_their_values_in_the_openapi_subset() -> None:
    schema = obj(
        either={"anyOf": [TEXT, INT, NULL]},
        items={"type": "array", "items": {"oneOf": [TEXT, INT]}},
        map={"type": "object", "additionalProperties": INT},
        level={"type": "integer", "enum": [1, 2]},
        fixed={"const": "add"},
    )
    good = {"either": None, "items": ["a", 1], "map": {"k": 1}, "level": 2, "fixed": "add"}
    wrong = [good | {"level": 3}, good | {"fixed": "sub"}, good | {"map": {"k": "s"}}]
    lowered = lawful(schema, OPENAPI, [good], wrong)
    assert exact(lowered) is False or not narrowed(lowered)
    assert lowered.schema["properties"]["fixed"] == {"type": "STRING", "enum": ["add"]}
    assert lowered.schema["properties"]["level"] == {"type": "STRING", "enum": ["1", "2"]}


def test_an_empty_string_in_an_enum_stays_an_empty_string() -> None:
    schema = obj(x={"type": "string", "enum": ["", "x"]})
    lowered = lawful(schema, OPENAPI, [{"x": ""}, {"x": "x"}], [{"x": "y"}])
    assert lowered.codec.encode({"x": ""}) == {"x": '""'}


def test_several_types_with_bounds_become_a_branch_for_each() -> None:
    schema = obj(x={"type": ["string", "integer"], "minLength": 2})
    lowered = lawful(schema, OPENAPI, [{"x": "ab"}, {"x": 1}], [{"x": "a"}, {"x": True}])
    assert lowered.schema["properties"]["x"] == {
        "anyOf": [{"type": "STRING", "minLength": 2}, {"type": "INTEGER"}]
    }


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_a_root_that_is_a_reference_keeps_its_parameters(dialect: Dialect) -> None:
    schema = {"$ref": "#/$defs/A", "$defs": {"A": obj(a=TEXT)}}
    lowered = lawful(schema, dialect, [{"a": "s"}], [{}, {"a": 1}])
    assert list(lowered.schema["properties"]) == ["a"]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
@pytest.mark.parametrize("schema", [{}, {"enum": [1, 2]}, {"const": 3}, {"const": None}])
def test_schemas_without_a_type_keep_their_values(dialect: Dialect, schema: Any) -> None:
    values: list[Any] = [1, 2, 3, None, "a", {"a": [1]}, [], True, 1.5]
    valid = [{"x": value} for value in values if accepts(schema, value)]
    wrong = [{"x": value} for value in values if not accepts(schema, value)]
    lowered = lawful(obj(x=schema), dialect, valid, wrong)
    assert exact(lowered) or dialect is OPENAPI  # which cannot say that an object is closed


def test_a_list_with_null_is_no_trouble() -> None:
    schema = obj(x={"type": ["string", "null"]})
    assert lawful(schema, PLAINER, [{"x": None}], [{"x": 1}]).schema == schema
    typed = lawful(schema, TYPED, [{"x": None}], [{"x": 1}]).schema
    assert typed["properties"]["x"] == {"anyOf": [TEXT, NULL]}


def test_any_of_beside_one_of_and_vendors_keywords_lose_nothing() -> None:
    schema = obj(
        x={
            "anyOf": [TEXT, INT],
            "oneOf": [INT, {"type": "boolean"}],
            "default": 1,
            "examples": [2],
            "x-internal": "secret",
        }
    )
    lowered = lawful(schema, PLAINER, [{"x": 1}], [{"x": "a"}, {"x": True}])
    assert lowered.schema["properties"]["x"] == {**INT, "default": 1}
    assert "secret" not in str(lowered.schema)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_two_references_to_one_definition_keep_their_own_descriptions(dialect: Dialect) -> None:
    schema = {
        **obj(
            a={"$ref": "#/$defs/P", "description": "from here"},
            b={"$ref": "#/$defs/P", "description": "to there"},
        ),
        "$defs": {"P": {"type": "string", "minLength": 1}},
    }
    lowered = lawful(schema, dialect, [{"a": "x", "b": "y"}], [{"a": "x"}])
    assert "from here" in str(lowered.schema)
    assert "to there" in str(lowered.schema)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_references_that_fan_out_end_in_bounded_time_and_size(dialect: Dialect) -> None:
    levels = 17
    defs: dict[str, Any] = {
        f"L{number}": obj(
            a={"$ref": f"#/$defs/L{number + 1}"}, b={"$ref": f"#/$defs/L{number + 1}"}
        )
        for number in range(levels)
    }
    defs[f"L{levels}"] = TEXT
    started = time.perf_counter()
    lowered = lower({**obj(x={"$ref": "#/$defs/L0"}), "$defs": defs}, dialect)
    assert time.perf_counter() - started < 20
    assert len(dump(lowered.schema)) < 2_000_000


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_a_deep_schema_is_no_trouble(dialect: Dialect) -> None:
    schema: Any = {"type": "string"}
    value: Any = "leaf"
    for _ in range(400):
        schema, value = obj(a=schema), {"a": value}
    lowered = lower(schema, dialect)
    there = lowered.codec.encode(value)
    assert dump(lowered.codec.decode(there)) == dump(value)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_discriminated_alternatives_exclude_each_other(dialect: Dialect) -> None:
    branches = [
        obj(["kind"], kind={"const": "a"}, size=INT),
        obj(["kind"], kind={"const": "b"}, label=TEXT),
    ]
    schema = obj(
        x={
            "type": "array",
            "items": {"oneOf": branches, "discriminator": {"propertyName": "kind"}},
        }
    )
    valid = [{"x": [{"kind": "a", "size": 1}, {"kind": "b"}, {"kind": "b", "label": "l"}]}]
    wrong = [{"x": [{"kind": "a", "label": "l"}]}, {"x": [{"kind": "c"}]}]
    lowered = lawful(schema, dialect, valid, wrong)
    assert exact(lowered) or dialect is OPENAPI  # which cannot say that an object is closed
    assert "option1" not in str(lowered.schema)


# ------------------------------------------------------------------ what is taken out is told


def test_what_is_not_taken_is_described_and_left_to_the_run_time_check() -> None:
    schema = obj(
        n={"type": "integer", "minimum": 1, "description": "How many"},
        s={"type": "string", "format": "uri", "pattern": "^h", "minLength": 3},
    )
    lowered = lawful(schema, PLAINER, [{"n": 1, "s": "http"}], [{"n": 0, "s": "http"}])
    assert lowered.schema == obj(
        n={"type": "integer", "description": "How many. Must be at least 1."},
        s={
            "type": "string",
            "description": "Format: uri. Must match the regular expression `^h`. "
            "Shortest length: 3.",
        },
    )
    assert changes(lowered) == [
        ("/properties/n", "minimum", "described"),
        ("/properties/s", "format", "described"),
        ("/properties/s", "pattern", "described"),
        ("/properties/s", "minLength", "described"),
    ]


def test_a_default_that_is_not_taken_is_told() -> None:
    lowered = lower(obj(x={"type": "integer", "default": 5}), CLOSED)
    assert lowered.schema["properties"]["x"] == {"type": "integer", "description": "Default: 5."}
    assert changes(lowered) == [("/properties/x", "default", "dropped-annotation")]


def test_a_default_is_encoded_as_its_value_is() -> None:
    schema = obj(
        ["y"], x={"type": "object", "additionalProperties": INT, "default": {"a": 1}}, y=INT
    )
    lowered = lower(schema, PLAINER)
    assert lowered.schema["properties"]["x"]["default"] == [{"key": "a", "value": 1}]


def test_closing_an_object_of_which_nothing_is_said_is_told_as_narrowing() -> None:
    schema = {"type": "object", "properties": {"a": TEXT}, "required": ["a"]}
    lowered = lower(schema, CLOSED)
    assert lowered.schema == obj(a=TEXT)
    assert changes(lowered) == [("", "additionalProperties", "narrowed")]
    opened = lower(schema, CLOSED, opens=True)
    assert changes(opened) == [("", "type", "rewritten")]
    there = opened.codec.encode({"a": "s", "b": [1]})
    assert opened.codec.decode(there) == {"a": "s", "b": [1]}


def test_open_objects_stay_open_where_the_dialect_has_maps() -> None:
    schema = {"type": "object", "properties": {"a": TEXT}, "required": ["a"]}
    for dialect in (PERMISSIVE, KEYED, OPENAPI, TYPED):
        lowered = lawful(schema, dialect, [{"a": "s", "b": 1}], [{}])
        assert not narrowed(lowered)


def test_alternatives_that_only_require_are_told() -> None:
    schema = {
        **obj([], a=TEXT, b=TEXT),
        "anyOf": [{"required": ["a"]}, {"required": ["b"]}],
    }
    for dialect in (PERMISSIVE, CLOSED):
        lowered = lawful(schema, dialect, [{"a": "s"}, {"b": "s"}], [{}])
        assert "anyOf" not in lowered.schema
        assert list(lowered.schema["properties"]) == ["a", "b"]
        assert ("", "anyOf", "described") in changes(lowered)


def test_a_root_of_alternatives_is_wrapped() -> None:
    schema = {"anyOf": [obj(a=TEXT), obj(b=INT)]}
    for dialect in DIALECTS:
        lowered = lawful(schema, dialect, [{"a": "s"}, {"b": 1}], [{"a": 1}, {}])
        assert list(lowered.schema["properties"]) == ["value"]


def test_what_no_value_fits_is_left_out_or_checked() -> None:
    for dialect in DIALECTS:
        lawful(obj([], x=False, y=INT), dialect, [{}, {"y": 1}], [{"x": 1}])
        lawful(obj(x={"not": {}}), dialect, [], [{"x": 1}])
        lawful({"not": {}}, dialect, [], [{}, {"x": 1}])
        lawful(obj(x={"type": "array", "items": False}), dialect, [{"x": []}], [{"x": [1]}])


def test_names_that_are_only_required_are_declared() -> None:
    schema = obj(x={"type": "object", "properties": {"a": TEXT}, "required": ["a", "z"]})
    lowered = lawful(schema, TYPED, [{"x": {"a": "s", "z": 1}}], [{"x": {"a": "s"}}])
    assert list(lowered.schema["properties"]["x"]["properties"]) == ["a", "z"]


def test_conditions_stay_where_they_are_taken_and_nothing_is_encoded() -> None:
    schema = {
        "type": "object",
        "properties": {"a": TEXT, "b": TEXT},
        "if": {"required": ["a"]},
        "then": {"required": ["b"]},
    }
    assert lower(schema, PERMISSIVE) == Lowered(schema, schema, IDENTITY, ())


def test_a_keyword_that_is_gone_takes_with_it_what_rests_on_it() -> None:
    loose = Dialect(
        "loose",
        "openai-chat",
        frozenset(),
        keywords={
            "if": Keyword("refused"),
            "minContains": Keyword("refused"),
            "minimum": Keyword("refused"),
        },
    )
    schema = obj(
        a={"type": "object", "if": {"required": ["q"]}, "then": {"required": ["r"]}},
        b={"type": "array", "contains": INT, "minContains": 0},
        c={"not": {"minimum": 5}},
        d={"type": "object", "properties": {"e": {"minimum": 1}}, "unevaluatedProperties": False},
    )
    good = {"a": {"q": 1, "r": 1}, "b": [], "c": 1, "d": {"e": 1}}
    lowered = lawful(schema, loose, [good], [good | {"c": 6}, good | {"a": {"q": 1}}])
    for name, words in (("a", ("if", "then")), ("b", ("contains",)), ("c", ("not",))):
        assert not set(words) & lowered.schema["properties"][name].keys()
    assert "unevaluatedProperties" not in lowered.schema["properties"]["d"]


# ------------------------------------------------------------------ bounds


def test_what_is_too_deep_becomes_text() -> None:
    schema: Any = TEXT
    value: Any = "leaf"
    for _ in range(14):
        schema, value = obj(a=schema), {"a": value}
    lowered = lawful(schema, CLOSED, [value], [{"a": 1}])
    assert not exact(lowered)
    assert str(lowered.schema).count("'a'") == 2 * 10


def test_enums_that_are_too_long_are_only_told() -> None:
    tight = replace(CLOSED, bounds=replace(CLOSED.bounds, values=5))
    schema = obj(a={"type": "string", "enum": list("abcd")}, b={"enum": list("efg")})
    lowered = lawful(schema, tight, [{"a": "a", "b": "e"}], [{"a": "z", "b": "e"}])
    assert lowered.schema["properties"]["b"] == {"enum": list("efg")}
    assert "enum" not in lowered.schema["properties"]["a"]


def test_optional_properties_that_are_too_many_are_said_by_null() -> None:
    tight = replace(PLAINER, bounds=replace(PLAINER.bounds, optional=2))
    lowered = lawful(obj([], a=TEXT, b=TEXT, c=TEXT), tight, [{}, {"a": "s", "c": "t"}])
    assert lowered.schema["required"] == ["a"]


def test_a_schema_that_a_dialect_takes_is_given_back_as_the_very_object() -> None:
    schema = obj(a=TEXT, b={"type": "array", "items": INT})
    for dialect in (PERMISSIVE, KEYED, CLOSED, PLAINER, TYPED):
        assert lower(schema, dialect) == Lowered(schema, schema, IDENTITY, ())
        assert lower(schema, dialect).schema is schema


def test_every_entry_names_a_place_that_there_is() -> None:
    schema = {
        **obj([], a={"allOf": [{"$ref": "#/$defs/D"}, {"minLength": 1}]}, b={"not": INT}),
        "$defs": {"D": {"type": "string", "pattern": "^a"}},
    }
    for dialect in DIALECTS:
        for entry in lower(schema, dialect).entries:
            node: Any = schema
            for token in entry.pointer.split("/")[1:]:
                plain = re.sub("~0", "~", re.sub("~1", "/", token))
                node = node[int(plain)] if isinstance(node, list) else node[plain]
            assert isinstance(node, dict), entry
