"""Hostile schemas end in bounded time, and the error says where."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest

from sealegs.errors import SchemaLimitError
from sealegs.schema.canonical import canonical
from sealegs.schema.limits import Limits


def nested(depth: int, keyword: str = "properties") -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(depth):
        schema = {keyword: {"x": schema} if keyword == "properties" else schema}
    return schema


@pytest.mark.parametrize("keyword", ["properties", "items", "not"])
def test_a_schema_of_400_levels_is_refused(keyword: str) -> None:
    with pytest.raises(SchemaLimitError, match="deeper than") as caught:
        canonical(nested(400, keyword))
    assert caught.value.pointer.count(keyword) in (126, 129)


@pytest.mark.parametrize("depth", [5_000, 100_000])
def test_a_schema_too_deep_to_be_written_is_refused(depth: int) -> None:
    with pytest.raises(SchemaLimitError) as caught:
        canonical(nested(depth))
    assert caught.value.pointer == "/properties/x" * 129


def test_an_object_that_holds_itself_is_refused() -> None:
    schema: dict[str, Any] = {"items": {}}
    schema["items"]["not"] = schema
    with pytest.raises(SchemaLimitError, match="nested too deep"):
        canonical(schema)


@pytest.mark.parametrize("keyword", ["properties", "items"])
def test_what_is_not_refused_can_be_checked_at_run_time(keyword: str) -> None:
    result = canonical(nested(124, keyword))
    jsonschema_rs.Draft202012Validator(result.validated, offline=True)


def test_depth_behind_a_reference_counts() -> None:
    schema = {"$ref": "#/$defs/deep", "$defs": {"deep": nested(200, "items")}}
    with pytest.raises(SchemaLimitError) as caught:
        canonical(schema)
    assert caught.value.pointer.startswith("/$defs/deep/items/items")


def test_a_long_description_is_refused() -> None:
    with pytest.raises(SchemaLimitError, match="larger than 1000000 bytes"):
        canonical({"description": "x" * 10_000_000})


def test_a_long_document_elsewhere_is_refused() -> None:
    resources = {"http://x/": {"description": "x" * 1_000_000}}
    with pytest.raises(SchemaLimitError, match="http://x/"):
        canonical({"$ref": "http://x/"}, resources=resources)


def test_a_long_enum_is_refused_and_5000_values_are_not() -> None:
    assert len(canonical({"enum": [f"v{n}" for n in range(5_000)]}).schema["enum"]) == 5_000
    with pytest.raises(SchemaLimitError, match="more than 10000 values") as caught:
        canonical({"properties": {"a/b": {"enum": list(range(10_001))}}})
    assert caught.value.pointer == "/properties/a~1b/enum"


@pytest.mark.parametrize("reference", ["#", "#/anyOf/0"])
def test_too_many_schemas_are_refused(reference: str) -> None:
    limits = Limits(nodes=1_000)
    with pytest.raises(SchemaLimitError, match="more than 1000 schemas") as caught:
        canonical({"anyOf": [{}] * 1_001, "not": {"$ref": reference}}, limits=limits)
    assert caught.value.pointer.startswith("/anyOf/")
    with pytest.raises(SchemaLimitError, match="more than 1000 schemas"):
        canonical({"anyOf": [{}] * 1_001}, limits=limits)


@pytest.mark.parametrize("keyword", ["default", "x-mine", "const"])
def test_deep_data_is_refused(keyword: str) -> None:
    data: Any = []
    for _ in range(200):
        data = [data]
    with pytest.raises(SchemaLimitError, match="data nested too deep") as caught:
        canonical({"properties": {"a": {keyword: data}}})
    assert caught.value.pointer == f"/properties/a/{keyword}"


def test_references_that_fan_out_stay_references() -> None:
    levels = 17
    schema = {
        "$ref": "#/$defs/L0",
        "$defs": {
            f"L{n}": {"properties": {k: {"$ref": f"#/$defs/L{n + 1}"} for k in ("a", "b")}}
            for n in range(levels)
        }
        | {f"L{levels}": {"type": "string"}},
    }
    assert len(json.dumps(schema)) < 3_000
    result = canonical(schema)
    assert (result.schema, result.entries) == (schema, ())


def test_dynamic_references_that_fan_out_are_refused() -> None:
    levels, definitions = 14, {}
    for n in range(levels):
        ways = [{"$ref": f"http://x/{side}{n + 1}"} for side in "ab"]
        for side in "ab":
            anchor = {"z": {"$dynamicAnchor": f"n{n}", "const": side}}
            definitions[f"{side}{n}"] = {
                "$id": f"http://x/{side}{n}",
                "$defs": anchor,
                "anyOf": ways,
            }
    for side in "ab":
        uses = {f"p{n}": {"$dynamicRef": f"http://x/a{n}#n{n}"} for n in range(levels)}
        definitions[f"{side}{levels}"] = {"$id": f"http://x/{side}{levels}", "properties": uses}
    schema = {"$id": "http://x/", "$ref": "http://x/a0", "$defs": definitions}
    with pytest.raises(SchemaLimitError, match="more than 5000 schemas"):
        canonical(schema, limits=Limits(nodes=5_000))


def test_a_schema_that_grows_beyond_the_limit_is_refused() -> None:
    schema = {"properties": {f"p{n}": {"$ref": "#"} for n in range(100)}}
    limits = Limits(size=len(json.dumps(schema, separators=(",", ":"))) + 10)
    with pytest.raises(SchemaLimitError, match="written out larger"):
        canonical(schema, limits=limits)


@pytest.mark.parametrize(
    "pattern", ["(((a{100}){100}){100}){100}", "(", r"\Z(?P<x>)", "a{99999999999}"]
)
def test_a_pattern_that_cannot_be_checked_is_taken_out_and_said(pattern: str) -> None:
    result = canonical({"pattern": pattern})
    assert (result.schema, len(result.entries)) == ({}, 1)


def test_lone_surrogates_are_kept_but_not_checked() -> None:
    schema = {"properties": {"\ud800": {"type": "string"}}, "description": "😀"}
    result = canonical(schema)
    assert result.schema == schema
    jsonschema_rs.Draft202012Validator(result.validated, offline=True)


def test_numbers_that_json_cannot_hold_are_taken_out() -> None:
    result = canonical({"minimum": float("nan"), "maximum": float("inf"), "multipleOf": 10**400})
    assert result.schema == {"multipleOf": 10**400}
