"""What the canonical form promises: of every schema, of the suite's, of those that people wrote."""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus import corpus
from sealegs.jsons import dump, parse
from sealegs.schema.canonical import Canonical, canonical
from sealegs.schema.emitting import Emission
from sealegs.schema.keywords import KEYWORDS
from sealegs.schema.limits import DEFAULT, Limits
from sealegs.schema.walking import subschemas

URIS = {
    "draft2020-12": "https://json-schema.org/draft/2020-12/schema",
    "draft2019-09": "https://json-schema.org/draft/2019-09/schema",
    "draft7": "http://json-schema.org/draft-07/schema#",
}
ORIGINALS = {
    "http://json-schema.org/draft-07/schema#": jsonschema_rs.Draft7Validator,
    "http://json-schema.org/draft-04/schema#": jsonschema_rs.Draft4Validator,
    "https://json-schema.org/draft/2019-09/schema": jsonschema_rs.Draft201909Validator,
}
GONE = {
    *(
        "$schema",
        "$id",
        "$anchor",
        "$comment",
        "$vocabulary",
        "$dynamicAnchor",
        "$dynamicRef",
    ),
    *("$recursiveAnchor", "$recursiveRef", "definitions", "dependencies", "additionalItems"),
    *("divisibleBy", "disallow", "extends", "nullable", "example"),
}


def check(schema: Any) -> jsonschema_rs.Draft202012Validator:
    """Compile a schema as the run-time check does."""
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=False, offline=True)


def promised(schema: Any, **options: Any) -> Canonical:
    """Make the canonical form, and see that it is what it promises to be."""
    before = copy.deepcopy(schema)
    result = canonical(schema, **options)
    assert schema == before
    again = canonical(result.schema, limits=options.get("limits", DEFAULT))
    assert (dump(again.schema), again.entries) == (dump(result.schema), ())
    definitions = result.schema.get("$defs", {})
    assert "$defs" not in result.schema or definitions
    used = []
    for sub in subschemas(result.schema):
        assert sub.node is False or isinstance(sub.node, dict)
        if sub.node is False:
            continue
        assert not isinstance(sub.node.get("id"), str)
        assert not GONE & sub.node.keys(), sub
        assert sub.pointer == "" or "$defs" not in sub.node
        if "$ref" in sub.node:
            used.append(sub.node["$ref"].removeprefix("#/$defs/"))
    assert set(definitions) == set(used)
    check(result.validated)
    return result


def remotes() -> dict[str, Any]:
    """Read the documents that the suite's references leave for."""
    root = corpus("toolschema", "json-schema-test-suite", "remotes")
    return {
        f"http://localhost:1234/{path.relative_to(root)}": json.loads(path.read_text())
        for path in sorted(root.rglob("*.json"))
    }


@pytest.mark.parametrize("draft", URIS)
def test_every_required_test_of_the_suite_comes_out_as_its_label_says(draft: str) -> None:
    resources, wrong, count = remotes(), [], 0
    folder = corpus("toolschema", "json-schema-test-suite", "tests", draft)
    for path in sorted(folder.glob("*.json")):
        for group in json.loads(path.read_text()):
            schema = group["schema"]
            if isinstance(schema, dict) and "$schema" not in schema:
                schema = {"$schema": URIS[draft], **schema}
            validator = check(promised(schema, resources=resources).validated)
            for test in group["tests"]:
                count += 1
                if validator.is_valid(test["data"]) != test["valid"]:
                    wrong.append((path.name, group["description"], test["description"]))
    assert (wrong, count) == (
        [],
        {"draft2020-12": 1299, "draft2019-09": 1259, "draft7": 927}[draft],
    )


def published() -> Iterator[dict[str, Any]]:
    with gzip.open(corpus("toolschema", "schemastore.jsonl.gz"), "rt") as lines:
        yield from map(json.loads, lines)


def test_published_schemas_mean_what_they_meant() -> None:
    wrong = []
    for row in islice(published(), 0, None, 3):
        schema = row["schema"]
        result = promised(schema, limits=Limits(size=10_000_000))
        compiled = ORIGINALS.get(schema.get("$schema"), jsonschema_rs.Draft202012Validator)
        try:
            original = compiled(schema, validate_formats=False, offline=True)
        except ValueError:  # it refers to other documents, without which it accepts more
            original = None
        validator = check(result.validated)
        for label in ("valid", "invalid"):
            for instance in row[label]:
                wanted = original.is_valid(instance) if original else label == "valid"
                if validator.is_valid(instance) != wanted and (original or label == "valid"):
                    wrong.append((row["id"], label))
    assert wrong == []


def test_feature_cases_come_out_as_their_labels_say() -> None:
    wrong = []
    for case in json.loads(corpus("toolschema", "feature_cases.json").read_text()):
        validator = check(promised(case["schema"]).validated)
        for label in ("valid", "invalid"):
            wrong += [
                case["id"]
                for instance in case[label]
                if validator.is_valid(instance) != (label == "valid")
            ]
    assert wrong == ["format email", "format uri", "format date"]  # formats only tell


def served() -> Iterator[Any]:
    """Give the schemas of tools that MCP servers offer."""
    for path in sorted(corpus("toolschema", "github-mcp-server").rglob("*.snap")):
        yield json.loads(path.read_text())["inputSchema"]
    listing: Path = corpus("toolschema", "livemcpbench", "tools.json")
    for server in json.loads(listing.read_text()):
        for group in server["tools"].values():
            yield from (tool["inputSchema"] for tool in group["tools"])


def test_tools_of_mcp_servers_lose_nothing() -> None:
    entries = [entry for schema in served() for entry in promised(schema).entries]
    assert entries == []


def test_most_tools_of_mcp_servers_are_canonical_but_for_what_names_them() -> None:
    same = [
        dump(canonical(schema).schema) == dump({k: v for k, v in schema.items() if k != "$schema"})
        for schema in served()
    ]
    assert sum(same) > 0.85 * len(same)


def test_order_stays() -> None:
    schema = {
        "required": ["z", "a"],
        "properties": {"z": {"enum": ["b", "a"]}, "a": {"anyOf": [{"type": "null"}, {}]}},
        "type": "object",
    }
    assert dump(canonical(schema).schema) == dump(schema)


def test_nothing_is_shared_with_the_original() -> None:
    schema = {"properties": {"a": {"default": [1]}}, "x-vendor": {"b": []}, "required": ["a"]}
    result = canonical(schema).schema
    result["properties"]["a"]["default"].append(2)
    result["x-vendor"]["b"].append(2)
    result["required"].append("b")
    assert schema == {
        "properties": {"a": {"default": [1]}},
        "x-vendor": {"b": []},
        "required": ["a"],
    }


def test_booleans_are_written_out_except_where_false_is_a_subschema() -> None:
    assert canonical(True).schema == {}
    assert canonical(False).schema == {"not": {}}
    schema = {"properties": {"a": True, "b": False}, "items": True, "additionalProperties": False}
    assert canonical(schema).schema == {
        "properties": {"a": {}, "b": False},
        "items": {},
        "additionalProperties": False,
    }


def test_what_is_no_keyword_is_kept_where_it_stands() -> None:
    schema = {"x-order": [1], "propertyOrdering": ["a"], "type": "object", "cache": None}
    assert dump(canonical(schema).schema) == dump(schema)


def test_properties_named_like_keywords_are_properties() -> None:
    names = [*KEYWORDS, "nullable", "example", "components", "strict", "", "a/b", "a~b", "%25"]
    schema = {
        "type": "object",
        "properties": {name: {"type": "string", "default": {name: 1}} for name in names},
        "required": names,
        "additionalProperties": False,
    }
    assert promised(schema) == Canonical(schema, schema)


# ------------------------------------------------------------------------------- generated

NAMES = st.sampled_from(
    [*KEYWORDS, "nullable", "example", "strict", "a", "b", "a/b", "~1", "%2F", "", "é", "x y"]
)
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 3), st.floats(allow_nan=False), st.text(max_size=3)
)
DATA = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=5,
)
TYPES = st.sampled_from(["string", "integer", "number", "boolean", "null", "object", "array"])
REFS = st.sampled_from(
    [
        "#",
        "#/$defs/a",
        "#/$defs/b",
        "#/properties/a",
        "#/properties/a~1b",
        "#/items",
        "#/$defs/%C3%A9",
    ]
)


def _schemas(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    counts = st.integers(0, 3)
    some = st.lists(inner, min_size=1, max_size=2)
    named = st.dictionaries(NAMES, inner, max_size=3)
    return st.fixed_dictionaries(
        {},
        optional={
            "type": TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True),
            "properties": named,
            "required": st.lists(NAMES, max_size=3, unique=True),
            "additionalProperties": inner,
            "items": inner,
            "prefixItems": some,
            "anyOf": some,
            "allOf": some,
            "not": inner,
            "enum": st.lists(DATA, min_size=1, max_size=3),
            "const": DATA,
            "default": DATA,
            "minLength": counts,
            "maximum": st.integers(-3, 3),
            "title": st.text(max_size=3),
            "x-vendor": DATA,
            "dependentRequired": st.dictionaries(NAMES, st.lists(NAMES, max_size=2, unique=True)),
            "unevaluatedProperties": inner,
        },
    )


SCHEMAS = st.recursive(
    st.booleans() | st.builds(dict) | TYPES.map(lambda name: {"type": name}), _schemas, max_leaves=8
)
WHOLE = st.fixed_dictionaries(
    {
        "$schema": st.just(URIS["draft2020-12"]),
        "properties": st.dictionaries(NAMES, SCHEMAS | REFS.map(lambda ref: {"$ref": ref})),
        "$defs": st.dictionaries(st.sampled_from(["a", "b", "é"]), SCHEMAS),
    },
    optional={
        "allOf": st.lists(REFS.map(lambda ref: {"items": {"$ref": ref}}), min_size=1),
        "items": SCHEMAS,
        "additionalProperties": SCHEMAS,
    },
)


@settings(max_examples=80, deadline=None)
@given(schema=WHOLE, instances=st.lists(DATA, max_size=8))
def test_the_language_stays(schema: Any, instances: list[Any]) -> None:
    result = promised(schema)
    try:
        original = check(schema)
    except (ValueError, jsonschema_rs.ReferencingError):  # a reference that leads nowhere
        assert result.entries != ()
        return
    if any(entry.reason == "leads back to itself at once" for entry in result.entries):
        return
    validator = check(result.validated)
    for instance in instances:
        assert validator.is_valid(instance) == original.is_valid(instance)


@settings(max_examples=150, deadline=None)
@given(schema=SCHEMAS | WHOLE.map(lambda whole: {k: whole[k] for k in whole if k != "$schema"}))
def test_the_fast_look_sees_what_the_whole_walk_sees(schema: Any) -> None:
    if isinstance(schema, bool):
        return
    raw = dump(schema)
    whole, entries = Emission(parse(raw), raw, DEFAULT, {}).finished()
    result = canonical(schema)
    assert (dump(result.schema), result.entries) == (dump(whole), entries)


@settings(max_examples=300, deadline=None)
@given(schema=st.dictionaries(NAMES, DATA, max_size=6))
def test_whatever_stands_in_a_schema_the_form_keeps_its_promises(schema: Any) -> None:
    promised(schema)


@settings(max_examples=40, deadline=None)
@given(schema=WHOLE, name=st.sampled_from(["c", "root", "anyOf_0"]))
def test_a_definition_that_nobody_uses_changes_nothing(schema: Any, name: str) -> None:
    more = {**schema, "$defs": {name: {"type": "string"}, **schema["$defs"]}}
    assert dump(canonical(more).schema) == dump(canonical(schema).schema)
