"""The way there and back, encoding by encoding."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lowered import CLOSED, KEYED, OPENAPI, PERMISSIVE, TYPED, lawful
from sealegs.errors import ArgumentError
from sealegs.schema.codec import IDENTITY, UNCHANGED, Stepwise
from sealegs.schema.encodings.fields import Boxed, Field, Fields, Pairs
from sealegs.schema.encodings.lists import Items, Tuple
from sealegs.schema.encodings.texts import TEXT, Text
from sealegs.schema.lowering import lower

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


def prop(schema: Any, *, required: bool = True) -> dict[str, Any]:
    """Make the schema of an object with one property."""
    return {
        "type": "object",
        "properties": {"x": schema},
        "required": ["x"] if required else [],
        "additionalProperties": False,
    }


def test_a_codec_that_changes_nothing_is_the_identity() -> None:
    schema = prop({"type": "string"})
    assert lower(schema, PERMISSIVE).codec is IDENTITY
    assert lower(schema, CLOSED).codec is IDENTITY
    assert (IDENTITY.encode(1), IDENTITY.decode(1)) == (1, 1)


@given(JSON)
def test_any_json_passes_as_text_and_comes_back(value: Any) -> None:
    lowered = lower(prop({}), CLOSED)
    there = lowered.codec.encode({"x": value})
    assert isinstance(there["x"], str)
    assert lowered.codec.decode(there) == {"x": value}


@given(st.dictionaries(st.text(max_size=5), JSON, max_size=4))
def test_maps_pass_as_pairs_and_come_back(value: Any) -> None:
    lowered = lower(prop({"type": "object", "additionalProperties": {}}), CLOSED)
    there = lowered.codec.encode({"x": value})
    assert [pair["key"] for pair in there["x"]] == list(value)
    assert lowered.codec.decode(there) == {"x": value}


def test_a_key_that_is_there_twice_is_an_error_with_its_place() -> None:
    lowered = lower(prop({"type": "object", "additionalProperties": {"type": "integer"}}), CLOSED)
    twice = {"x": [{"key": "a", "value": 1}, {"key": "a", "value": 2}]}
    with pytest.raises(ArgumentError) as caught:
        lowered.codec.decode(twice)
    assert caught.value.pointer == "/x/1/key"
    assert "'a' is there twice" in caught.value.reason


def test_a_pair_that_is_none_is_an_error_with_its_place() -> None:
    codec = Stepwise(Pairs())
    for pair in (1, {"key": "a"}, {"key": 1, "value": 1}):
        with pytest.raises(ArgumentError) as caught:
            codec.decode([pair])
        assert caught.value.pointer == "/0"


def test_text_that_is_no_json_is_an_error_with_its_place() -> None:
    lowered = lower(prop({}), CLOSED)
    with pytest.raises(ArgumentError) as caught:
        lowered.codec.decode({"x": "{"})
    assert caught.value.pointer == "/x"


def test_text_refuses_the_types_that_have_a_branch_of_their_own() -> None:
    codec = Stepwise(Text(frozenset({"object"})))
    assert codec.decode("[1]") == [1]
    with pytest.raises(ArgumentError):
        codec.decode("{}")


def test_what_a_model_writes_in_the_original_shape_is_taken_for_that() -> None:
    lowered = lower(prop({"type": "object", "additionalProperties": {"type": "integer"}}), CLOSED)
    assert lowered.codec.decode({"x": {"a": 1}}) == {"x": {"a": 1}}
    assert Stepwise(TEXT).decode({"a": 1}) == {"a": 1}
    assert Stepwise(Boxed()).decode({"a": 1}) == {"a": 1}
    assert Stepwise(Tuple(Fields({}), 1)).decode([1]) == [1]


def test_what_does_not_fit_is_encoded_as_far_as_it_goes() -> None:
    schema = prop({"type": "object", "properties": {"a": {"type": "integer"}}})
    codec = lower(schema, CLOSED).codec
    values: list[Any] = [None, 1, "a", [], {"x": 1}, {"y": {}}, {"x": {"a": "b", "z": 1}}]
    for value in values:
        codec.encode(value)


def test_an_absent_property_is_null_and_comes_back_absent() -> None:
    codec = lower(prop({"type": "string"}, required=False), CLOSED).codec
    assert codec.encode({}) == {"x": None}
    assert codec.decode({"x": None}) == {}
    assert codec.decode({"x": "a"}) == {"x": "a"}
    assert codec.decode({}) == {}


def test_a_property_that_may_be_null_is_wrapped_so_that_nothing_is_lost() -> None:
    schema = prop({"type": ["string", "null"]}, required=False)
    lowered = lawful(schema, CLOSED, [{}, {"x": None}, {"x": "a"}], [{"x": 1}])
    assert lowered.codec.encode({"x": None}) == {"x": {"value": None}}


def test_a_default_of_null_says_that_null_is_absence_and_that_is_told() -> None:
    schema = prop({"type": ["string", "null"], "default": None}, required=False)
    lowered = lower(schema, CLOSED)
    assert lowered.codec.encode({}) == {"x": None}
    assert lowered.codec.decode({"x": None}) == {}
    told = [entry.change for entry in lowered.entries if entry.keyword == "default"]
    assert sorted(told) == ["dropped-annotation", "narrowed"]


def test_properties_beside_the_declared_ones_have_a_list_of_their_own() -> None:
    schema = prop({"type": "string"})
    schema["additionalProperties"] = {"type": "integer"}
    lowered = lawful(schema, CLOSED, [{"x": "a"}, {"x": "a", "b": 1}], [{"x": "a", "b": "c"}])
    there = {"x": "a", "additional_properties": [{"key": "b", "value": 1}]}
    assert lowered.codec.encode({"x": "a", "b": 1}) == there
    clash = {"x": "a", "additional_properties": [{"key": "x", "value": 1}]}
    with pytest.raises(ArgumentError) as caught:
        lowered.codec.decode(clash)
    assert caught.value.pointer == "/additional_properties"


def test_renamed_properties_come_back_by_their_names() -> None:
    schema = prop({"type": "object", "properties": {"a b": {"type": "integer"}, "a_b": {}}})
    lowered = lawful(schema, KEYED, [{"x": {"a b": 1, "a_b": 2}}], [{"x": {"a b": "c"}}])
    there = lowered.codec.encode({"x": {"a b": 1, "a_b": 2}})
    assert list(there["x"]) == ["a_b_" + next(iter(there["x"]))[4:], "a_b"]
    with pytest.raises(ArgumentError) as caught:
        lowered.codec.decode({"x": {"a b": 1}})
    assert caught.value.pointer == "/x/a b"


def test_a_root_that_is_no_object_is_wrapped() -> None:
    lowered = lawful({"type": "array", "items": {"type": "string"}}, CLOSED, [["a"]], [[1]])
    assert lowered.codec.encode(["a"]) == {"value": ["a"]}
    assert lowered.schema["properties"]["value"]["type"] == "array"


def test_tuples_pass_as_objects_and_gaps_are_errors() -> None:
    schema = prop(
        {
            "type": "array",
            "prefixItems": [{"type": "string"}, {"type": "integer"}],
            "items": False,
            "minItems": 1,
        }
    )
    lowered = lawful(schema, CLOSED, [{"x": ["a", 1]}, {"x": ["a"]}], [{"x": []}, {"x": [1]}])
    assert lowered.codec.encode({"x": ["a"]}) == {"x": {"item0": "a", "item1": None}}
    codec = Stepwise(Tuple(Fields({"item0": Field("item0"), "item1": Field("item1")}), 2))
    with pytest.raises(ArgumentError):
        codec.decode({"item1": 1})


def test_values_that_are_no_strings_pass_as_strings_by_a_table() -> None:
    values = [1, "1", None, True, "", {"a": 1}, [2.0]]
    lowered = lawful(prop({"enum": values}), OPENAPI, [{"x": value} for value in values])
    assert lowered.schema["properties"]["x"]["type"] == "STRING"
    assert all(
        isinstance(text, str) and text for text in lowered.standard["properties"]["x"]["enum"]
    )
    assert lowered.codec.decode({"x": "no such value"}) == {"x": "no such value"}


def test_the_branch_of_a_union_is_found_by_what_fits() -> None:
    schema = prop(
        {
            "anyOf": [
                {
                    "type": "object",
                    "properties": {"kind": {"const": "a"}, "m": {"type": "object"}},
                    "required": ["kind"],
                    "additionalProperties": False,
                },
                {
                    "type": "object",
                    "properties": {"kind": {"const": "b"}, "m": {"type": "string"}},
                    "required": ["kind"],
                    "additionalProperties": False,
                },
                {"type": "array", "items": {"type": "object", "additionalProperties": {}}},
            ]
        }
    )
    valid = [
        {"x": {"kind": "a", "m": {"k": [1]}}},
        {"x": {"kind": "b", "m": "s"}},
        {"x": {"kind": "b"}},
        {"x": [{"k": 1}]},
    ]
    lowered = lawful(schema, CLOSED, valid, [{"x": {"kind": "a", "m": "s"}}, {"x": {"kind": "c"}}])
    assert "option1" not in str(lowered.schema)


def test_branches_that_look_alike_are_marked() -> None:
    schema = prop({"anyOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}}]})
    valid: list[Any] = [{"x": {}}, {"x": []}, {"x": [{}]}, {"x": {"key": 1, "value": 2}}]
    lowered = lawful(schema, CLOSED, valid, [{"x": 1}])
    assert lowered.codec.encode({"x": []}) == {"x": {"option2": []}}


def test_recursive_definitions_map_at_every_level() -> None:
    schema = {
        "type": "object",
        "properties": {"tree": {"$ref": "#/$defs/tree"}},
        "required": ["tree"],
        "additionalProperties": False,
        "$defs": {
            "tree": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "below": {"type": "array", "items": {"$ref": "#/$defs/tree"}},
                },
                "required": ["name"],
                "additionalProperties": False,
            }
        },
    }
    deep: Any = {"name": "leaf"}
    for _ in range(2_000):
        deep = {"name": "n", "below": [deep]}
    codec = lower(schema, CLOSED).codec
    there = codec.encode({"tree": deep})
    assert there["tree"]["below"][0]["name"] == "n"
    back = codec.decode(there)
    for _ in range(2_000):
        deep, back_node = deep["below"][0], back.get("tree", back)["below"][0]
        back = {"tree": back_node}
    assert back == {"tree": {"name": "leaf"}}


def test_a_recursive_definition_that_changes_nothing_costs_nothing() -> None:
    schema = {
        "type": "object",
        "properties": {"n": {"$ref": "#/$defs/n"}, "m": {"type": "object"}},
        "required": ["n", "m"],
        "additionalProperties": False,
        "$defs": {
            "n": {
                "type": "object",
                "properties": {"n": {"anyOf": [{"$ref": "#/$defs/n"}, {"type": "null"}]}},
                "required": ["n"],
                "additionalProperties": False,
            }
        },
    }
    step = lower(schema, CLOSED).codec
    assert isinstance(step, Stepwise)
    assert isinstance(step.root, Fields)
    assert step.root.named["n"].step is UNCHANGED


def test_steps_for_items_leave_what_is_no_array() -> None:
    codec = Stepwise(Items((TEXT,), UNCHANGED))
    assert (codec.encode(1), codec.decode(1)) == (1, 1)
    assert codec.encode([[1], [2]]) == ["[1]", [2]]
    assert codec.decode(["[1]", [2]]) == [[1], [2]]


def test_null_in_an_openapi_union_is_said_in_the_first_branch() -> None:
    schema = prop({"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]})
    lowered = lawful(schema, OPENAPI, [{"x": None}, {"x": 1}, {"x": "a"}], [{"x": True}])
    assert lowered.schema["properties"]["x"] == {
        "anyOf": [{"type": "STRING", "nullable": True}, {"type": "INTEGER"}]
    }


def test_a_property_named_like_a_keyword_is_renamed_where_it_is_reserved() -> None:
    schema = prop({"type": "object", "properties": {"$ref": {"type": "string"}}})
    lowered = lawful(schema, TYPED, [{"x": {"$ref": "main"}}], [{"x": {"$ref": 1}}])
    assert "$ref" not in lowered.schema["properties"]["x"]["properties"]
