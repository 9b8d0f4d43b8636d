"""What older drafts, OpenAPI, Gemini and BFCL say, said as 2020-12 does; and what is mended."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sealegs.errors import SchemaError
from sealegs.schema.canonical import Canonical, canonical
from sealegs.schema.report import Entry

DRAFT = "http://json-schema.org/draft-0{}/schema#"


def exactly(schema: Any) -> Any:
    """Give the canonical schema of one that loses nothing on the way."""
    result = canonical(schema)
    assert result.entries == ()
    return result.schema


def mended(schema: Any) -> tuple[Any, list[tuple[str, str, str]]]:
    """Give the canonical schema, and pointer, keyword and change of what was noted."""
    result = canonical(schema)
    jsonschema_rs.Draft202012Validator(result.validated, offline=True)
    return result.schema, [(e.pointer, e.keyword, e.change) for e in result.entries]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"exclusiveMinimum": True, "minimum": 3}, {"exclusiveMinimum": 3}),
        ({"exclusiveMaximum": False, "maximum": 3}, {"maximum": 3}),
        ({"exclusiveMaximum": True}, {}),
        ({"items": [{"type": "null"}], "additionalItems": False},
         {"prefixItems": [{"type": "null"}], "items": False}),
        ({"items": [], "additionalItems": {"type": "null"}}, {"items": {"type": "null"}}),
        ({"items": {"type": "null"}, "additionalItems": True}, {"items": {"type": "null"}}),
        ({"dependencies": {"a": ["b", "b"], "c": "d", "e": {"required": ["f"]}}},
         {"dependentRequired": {"a": ["b"], "c": ["d"]},
          "dependentSchemas": {"e": {"required": ["f"]}}}),
        ({"divisibleBy": 2}, {"multipleOf": 2}),
        ({"divisibleBy": 2, "multipleOf": 3}, {"allOf": [{"multipleOf": 2}], "multipleOf": 3}),
        ({"divisibleBy": 2, "multipleOf": 3, "allOf": [{}]},
         {"multipleOf": 3, "allOf": [{}, {"multipleOf": 2}]}),
        ({"dependencies": {"a": ["b"], "c": {}}, "dependentRequired": {"a": ["d"]},
          "dependentSchemas": {"c": {"minLength": 1}}},
         {"dependentRequired": {"a": ["d", "b"]},
          "dependentSchemas": {"c": {"allOf": [{"minLength": 1}, {}]}}}),
        ({"extends": [{"minimum": 1}], "allOf": [{"maximum": 2}]},
         {"allOf": [{"maximum": 2}, {"minimum": 1}]}),
        ({"disallow": "any"}, {"not": {}}),
        ({"disallow": [{"type": "null"}]}, {"not": {"anyOf": [{"type": "null"}]}}),
        ({"type": [{"minimum": 1}, "any"]}, {}),
        ({"type": [{"minimum": 1}], "anyOf": [{}]},
         {"allOf": [{"anyOf": [{"minimum": 1}]}], "anyOf": [{}]}),
        ({"disallow": "string"}, {"not": {"type": "string"}}),
        ({"disallow": ["string", {"minimum": 1}]},
         {"not": {"anyOf": [{"type": "string"}, {"minimum": 1}]}}),
        ({"extends": {"minimum": 1}}, {"allOf": [{"minimum": 1}]}),
        ({"type": ["string", {"minimum": 1}]}, {"anyOf": [{"type": "string"}, {"minimum": 1}]}),
        ({"type": "any", "title": "T"}, {"title": "T"}),
        ({"format": "ip-address"}, {"format": "ipv4"}),
        ({"type": ["string"]}, {"type": "string"}),
        ({"required": []}, {}),
        ({"required": ["a", "b", "a"]}, {"required": ["a", "b"]}),
        ({"enum": [1, 1, True, "a", "a"]}, {"enum": [1, True, "a"]}),
        ({"maxLength": 2.0}, {"maxLength": 2}),
        ({"example": {"a": 1}}, {"examples": [{"a": 1}]}),
        ({"example": 1, "examples": [2]}, {"examples": [1, 2]}),
        ({"$comment": "c", "$vocabulary": {}, "$anchor": "a", "id": "x"}, {}),
        ({"definitions": {"a": {}}, "$defs": {"b": {}}}, {}),
        ({"id": {"type": "string"}}, {"id": {"type": "string"}}),
    ],
)  # fmt: skip
def test_what_has_another_spelling_in_2020_is_spelled_so(old: Any, new: Any) -> None:
    assert exactly(old) == new


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        ({"type": ["string", "null"], "nullable": True}, {"type": ["string", "null"]}),
        ({"type": "string", "nullable": False}, {"type": "string"}),
        ({"nullable": True}, {}),
        ({"type": "object", "properties": {"a": {}}, "nullable": True},
         {"type": ["object", "null"], "properties": {"a": {}}}),
    ],
)  # fmt: skip
def test_nullable_beside_a_type_is_one_more_type(old: Any, new: Any) -> None:
    assert exactly(old) == new


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"type": "string", "enum": ["a"], "nullable": True},
         {"type": ["string", "null"], "enum": ["a", None]}),
        ({"enum": ["a"], "nullable": True}, {"enum": ["a", None]}),
        ({"const": 1, "title": "T", "nullable": True},
         {"title": "T", "anyOf": [{"const": 1}, {"type": "null"}]}),
        ({"anyOf": [{"type": "string"}], "nullable": True},
         {"anyOf": [{"type": "string"}, {"type": "null"}]}),
        ({"allOf": [{"minimum": 1}], "description": "D", "nullable": True},
         {"description": "D", "anyOf": [{"allOf": [{"minimum": 1}]}, {"type": "null"}]}),
    ],
)  # fmt: skip
def test_nullable_elsewhere_admits_null_and_says_so(old: Any, new: Any) -> None:
    schema, notes = mended(old)
    assert (schema, notes) == (new, [("", "nullable", "rewritten")])
    assert jsonschema_rs.is_valid(schema, None)


def test_nullable_beside_a_reference_admits_null() -> None:
    schema, _ = mended(
        {
            "properties": {"a": {"$ref": "#/components/schemas/A", "nullable": True}},
            "components": {"schemas": {"A": {"type": "string"}}},
        }
    )
    assert schema == {
        "properties": {"a": {"anyOf": [{"$ref": "#/$defs/A"}, {"type": "null"}]}},
        "$defs": {"A": {"type": "string"}},
    }


def test_types_of_gemini_and_bfcl_are_those_of_json_schema() -> None:
    schema, notes = mended(
        {
            "type": "OBJECT",
            "properties": {
                "a": {"type": "dict"},
                "b": {"type": "float"},
                "c": {"type": "tuple", "items": {"type": "any"}},
                "d": {"type": ["STRING", "NULL"]},
                "e": {"type": "TYPE_UNSPECIFIED"},
            },
        }
    )
    assert schema == {
        "type": "object",
        "properties": {
            "a": {"type": "object"},
            "b": {"type": "number"},
            "c": {"type": "array", "items": {}},
            "d": {"type": ["string", "null"]},
            "e": {},
        },
    }
    places = [
        "",
        "/properties/a",
        "/properties/b",
        "/properties/c",
        "/properties/d",
        "/properties/e",
    ]
    assert notes == [(place, "type", "rewritten") for place in places]


def test_a_property_that_says_it_is_required_is_required_by_its_object() -> None:
    schema = {"properties": {"a": {"required": True}, "b": {"required": False}, "required": {}}}
    said, _ = mended(schema)
    assert said == {"properties": {"a": {}, "b": {}, "required": {}}, "required": ["a"]}
    assert exactly({**schema, "$schema": DRAFT.format(3)}) == said


def test_a_tuple_in_a_2020_schema_is_read_as_one_and_said() -> None:
    uri = "https://json-schema.org/draft/2020-12/schema"
    schema, notes = mended({"$schema": uri, "items": [{"type": "null"}]})
    assert schema == {"prefixItems": [{"type": "null"}]}
    assert notes == [("", "items", "rewritten")]


@pytest.mark.parametrize("year", [4, 6, 7])
def test_what_stands_beside_a_reference_means_nothing_up_to_draft_7(year: int) -> None:
    schema = {
        "$schema": DRAFT.format(year),
        "properties": {"a": {"$ref": "#/definitions/A", "maxLength": 1, "description": "D"}},
        "definitions": {"A": {"type": "string"}},
    }
    assert canonical(schema) == Canonical(
        told := {
            "properties": {"a": {"$ref": "#/$defs/A", "description": "D"}},
            "$defs": {"A": {"type": "string"}},
        },
        told,
        (
            Entry(
                *("/properties/a", "maxLength", 1, "dropped-annotation", "nobody"),
                f"draft-0{year} reads nothing beside $ref",
            ),
        ),
    )


def test_without_a_named_draft_what_stands_beside_a_reference_counts() -> None:
    schema = {"items": {"$ref": "#/definitions/A", "maxLength": 1}, "definitions": {"A": {}}}
    assert exactly(schema) == {"items": {"$ref": "#/$defs/A", "maxLength": 1}, "$defs": {"A": {}}}


def test_keywords_that_a_named_draft_does_not_know_are_taken_out_and_said() -> None:
    schema = {"$schema": DRAFT.format(7), "minContains": 1, "nullable": True, "x-mine": 1}
    said, notes = mended(schema)
    assert said == {"x-mine": 1}
    assert sorted(notes) == [
        ("", "minContains", "dropped-annotation"),
        ("", "nullable", "dropped-annotation"),
    ]


def test_contains_tells_unevaluated_items_nothing_in_2019() -> None:
    schema = {
        "$schema": "https://json-schema.org/draft/2019-09/schema",
        "contains": {"type": "string"},
        "maxContains": 1,
        "unevaluatedItems": False,
    }
    said = exactly(schema)
    assert said == {
        "not": {"not": {"contains": {"type": "string"}, "maxContains": 1}},
        "unevaluatedItems": False,
    }
    assert not jsonschema_rs.is_valid(said, ["a"])


def test_draft_4_remarks_that_its_integers_were_others() -> None:
    result = canonical({"$schema": DRAFT.format(4), "items": {"type": ["integer", "null"]}})
    assert result.remarks == ("draft-04 takes 1.0 for no integer; 2020-12 does",)


def test_a_meta_schema_of_ones_own_says_which_vocabularies_count() -> None:
    meta = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$vocabulary": {"https://json-schema.org/draft/2020-12/vocab/applicator": True},
    }
    schema = {"$schema": "https://example.com/meta", "items": {"minimum": 3, "title": "T"}}
    result = canonical(schema, resources={"https://example.com/meta": meta})
    assert result.schema == {"items": {"title": "T"}}


# ----------------------------------------------------------------------------- generated

VALIDATORS: dict[int, Any] = {
    4: jsonschema_rs.Draft4Validator,
    6: jsonschema_rs.Draft6Validator,
    7: jsonschema_rs.Draft7Validator,
    2019: jsonschema_rs.Draft201909Validator,
}
NAMES = st.sampled_from(["a", "b", "properties", "$ref"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.text("ab", max_size=2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=5,
)
TYPES = st.sampled_from(["string", "integer", "number", "boolean", "null", "object", "array"])
COUNTS = st.integers(0, 2)


def drafted(year: int) -> st.SearchStrategy[dict[str, Any]]:
    """Give schemas of an older draft, with what sets it apart."""

    def schemas(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        some = st.lists(inner, min_size=1, max_size=2)
        named = st.dictionaries(NAMES, inner, max_size=2)
        names = st.lists(NAMES, min_size=1, max_size=2, unique=True)
        keywords: dict[str, st.SearchStrategy[Any]] = {
            "type": TYPES,
            "properties": named,
            "required": names,
            "additionalProperties": inner,
            "items": inner | some,
            "additionalItems": inner | st.booleans(),
            "anyOf": some,
            "not": inner,
            "minimum": st.integers(-2, 2),
            "exclusiveMinimum": st.booleans() if year == 4 else st.integers(-2, 2),
            "minItems": COUNTS,
            "dependencies": st.dictionaries(NAMES, inner | names, max_size=2),
            "$ref": st.sampled_from(["#", "#/definitions/a", "#/properties/a", "#/items/0"]),
        }
        if year > 4:
            keywords |= {"const": VALUES, "contains": inner, "propertyNames": inner}
        if year >= 2019:
            keywords |= {"unevaluatedItems": inner, "unevaluatedProperties": inner}
            keywords |= {"maxContains": COUNTS, "$recursiveRef": st.just("#")}
        return st.fixed_dictionaries({}, optional=keywords)

    return st.recursive(TYPES.map(lambda name: {"type": name}), schemas, max_leaves=8)


@pytest.mark.parametrize("year", VALIDATORS)
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_a_schema_of_an_older_draft_means_what_it_meant(year: int, data: st.DataObject) -> None:
    uri = f"https://json-schema.org/draft/{year}-09/schema" if year > 7 else DRAFT.format(year)
    body = data.draw(drafted(year))
    schema = {"$schema": uri, **body, "definitions": {"a": data.draw(drafted(year))}}
    result = canonical(schema)
    try:
        original = VALIDATORS[year](schema, validate_formats=False, offline=True)
    except ValueError:  # it has a reference that leads nowhere
        return
    if any(entry.reason.startswith("leads") for entry in result.entries):
        return
    validator = jsonschema_rs.Draft202012Validator(result.validated, offline=True)
    for value in data.draw(st.lists(VALUES, max_size=8)):
        assert validator.is_valid(value) == original.is_valid(value)


# ------------------------------------------------------------------------------- mending


@pytest.mark.parametrize(
    ("broken", "whole", "notes"),
    [
        ({"type": "unknown"}, {}, [("", "type", "widened")]),
        ({"type": ["string", "unknown"]}, {}, [("", "type", "widened")]),
        ({"type": None}, {}, [("", "type", "dropped-annotation")]),
        ({"type": []}, {}, [("", "type", "widened")]),
        ({"properties": []}, {"properties": {}}, [("", "properties", "rewritten")]),
        ({"properties": [{"name": "a"}]}, {}, [("", "properties", "widened")]),
        ({"properties": {"a": "string"}}, {"properties": {"a": {"type": "string"}}},
         [("", "properties", "rewritten")]),
        ({"properties": {"a": 3}}, {"properties": {"a": {}}}, [("", "properties", "widened")]),
        ({"required": True}, {}, [("", "required", "rewritten")]),
        ({"required": "a"}, {"required": ["a"]}, [("", "required", "rewritten")]),
        ({"required": ["a", 1]}, {"required": ["a"]}, [("", "required", "widened")]),
        ({"minimum": "3"}, {"minimum": 3}, [("", "minimum", "rewritten")]),
        ({"minimum": "3.5"}, {"minimum": 3.5}, [("", "minimum", "rewritten")]),
        ({"minimum": "x"}, {}, [("", "minimum", "widened")]),
        ({"minimum": True}, {}, [("", "minimum", "widened")]),
        ({"multipleOf": 0}, {}, [("", "multipleOf", "widened")]),
        ({"minItems": "1"}, {"minItems": 1}, [("", "minItems", "rewritten")]),
        ({"minItems": -1}, {}, [("", "minItems", "dropped-annotation")]),
        ({"maxItems": -1}, {}, [("", "maxItems", "widened")]),
        ({"maxLength": 2**70}, {}, [("", "maxLength", "dropped-annotation")]),
        ({"uniqueItems": "true"}, {"uniqueItems": True}, [("", "uniqueItems", "rewritten")]),
        ({"uniqueItems": 1}, {}, [("", "uniqueItems", "widened")]),
        ({"readOnly": 1}, {}, [("", "readOnly", "dropped-annotation")]),
        ({"description": ["a"]}, {}, [("", "description", "dropped-annotation")]),
        ({"pattern": "["}, {}, [("", "pattern", "widened")]),
        ({"enum": "a"}, {}, [("", "enum", "widened")]),
        ({"examples": "a"}, {"examples": ["a"]}, [("", "examples", "rewritten")]),
        ({"anyOf": []}, {}, [("", "anyOf", "widened")]),
        ({"allOf": []}, {}, [("", "allOf", "dropped-annotation")]),
        ({"anyOf": {"type": "null"}}, {"anyOf": [{"type": "null"}]}, [("", "anyOf", "rewritten")]),
        ({"not": [{}]}, {"not": {}}, [("", "not", "widened")]),
        ({"items": 3}, {"items": {}}, [("", "items", "widened")]),
        ({"items": None}, {}, [("", "items", "dropped-annotation")]),
        ({"dependencies": 3}, {}, [("", "dependencies", "widened")]),
        ({"dependentRequired": {"a": "b"}}, {"dependentRequired": {"a": ["b"]}},
         [("", "dependentRequired", "rewritten")]),
        ({"$ref": 3}, {}, [("", "$ref", "widened")]),
        ({"disallow": "x"}, {}, [("", "disallow", "widened")]),
        ({"dependencies": {"a": ["b", 1]}, "dependentRequired": 3},
         {"dependentRequired": {"a": ["b"]}}, [("", "dependentRequired", "widened")]),
        ({"extends": {}, "allOf": {"minimum": 1}}, {"allOf": [{"minimum": 1}, {}]},
         [("", "allOf", "rewritten")]),
        ({"exclusiveMinimum": True, "minimum": "3"}, {"exclusiveMinimum": 3},
         [("", "minimum", "rewritten")]),
        ({"items": [{}], "prefixItems": [{"minimum": 1}]}, {"prefixItems": [{"minimum": 1}]},
         [("", "items", "widened")]),
        ({"type": [{}, "unknown"]}, {}, [("", "type", "widened")]),
        ({"format": 3}, {}, [("", "format", "dropped-annotation")]),
        ({"required": 3}, {}, [("", "required", "widened")]),
        ({"additionalItems": False}, {}, [("", "additionalItems", "dropped-annotation")]),
        ({"$schema": DRAFT.format(4), "exclusiveMinimum": "3"}, {"exclusiveMinimum": 3},
         [("", "exclusiveMinimum", "rewritten")]),
        ({"$schema": DRAFT.format(7), "minimum": 3, "exclusiveMinimum": True},
         {"exclusiveMinimum": 3}, [("", "exclusiveMinimum", "rewritten")]),
        ({"extends": 3}, {}, [("", "extends", "widened")]),
        ({"patternProperties": {"[": {}, "a": {}}, "additionalProperties": False},
         {"patternProperties": {"a": {}}},
         [("", "patternProperties", "widened"), ("", "additionalProperties", "widened")]),
    ],
)  # fmt: skip
def test_what_json_schema_does_not_take_is_mended_or_taken_out_and_said(
    broken: Any, whole: Any, notes: list[tuple[str, str, str]]
) -> None:
    assert mended(broken) == (whole, notes)


def test_entries_say_where_in_the_canonical_schema_and_stand_in_its_order() -> None:
    schema = {
        "allOf": [{"$ref": "#/definitions/A"}, {"anyOf": [{"type": "date"}], "nullable": True}],
        "definitions": {"A": {"items": [{"format": 1}]}},
        "minLength": "1",
    }
    assert [(entry.pointer, entry.keyword) for entry in canonical(schema).entries] == [
        ("", "minLength"),
        ("/allOf/1", "nullable"),
        ("/allOf/1/anyOf/0", "type"),
        ("/$defs/A/prefixItems/0", "format"),
    ]


@pytest.mark.parametrize("schema", [None, [], "string", 3])
def test_what_is_no_schema_at_all_is_refused(schema: Any) -> None:
    with pytest.raises(SchemaError, match="the root: a schema is an object"):
        canonical(schema)


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(SchemaError, match="the root: not JSON"):
        canonical({"default": object()})
