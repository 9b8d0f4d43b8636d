"""The laws of lowering, on schemas that people wrote and on schemas that nobody would write."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus import corpus
from lowered import DIALECTS, accepts, lawful
from sealegs.errors import SealegsError
from sealegs.jsons import dump, parse
from sealegs.schema.canonical import canonical
from sealegs.schema.dialect import Dialect
from sealegs.schema.lowering import lower

by_dialect = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
Case = tuple[str, Any, list[Any], list[Any]]


def cases(raw: Iterator[Case], most: int = 10**6) -> Iterator[Case]:
    """Make each case canonical, and believe the validator about its documents."""
    for name, schema, valid, wrong in raw:
        if len(dump(schema)) > most:
            continue
        try:
            whole = canonical(schema).schema
        except SealegsError:
            continue
        every = [*valid, *wrong]
        good = [value for value in every if accepts(whole, value)]
        yield name, whole, good, [value for value in every if not accepts(whole, value)]


def features() -> Iterator[Case]:
    for case in json.loads(corpus("toolschema", "feature_cases.json").read_text()):
        yield case["id"], case["schema"], case["valid"], case["invalid"]


def suite() -> Iterator[Case]:
    folder = corpus("toolschema", "json-schema-test-suite", "tests", "draft2020-12")
    for file in sorted(folder.glob("*.json")):
        for group in json.loads(file.read_text()):
            schema = group["schema"]
            text = json.dumps(schema)
            if any(word in text for word in ('"#', "$id", "$dynamic", "$anchor", "$ref", "$vocab")):
                continue  # wrapped as a property they would lead elsewhere
            bare = (
                {k: v for k, v in schema.items() if k != "$schema"}
                if schema not in (True, False)
                else schema
            )
            whole = {"type": "object", "properties": {"x": bare}, "required": ["x"]}
            yield (
                f"{file.stem}: {group['description']}",
                whole,
                [{"x": test["data"]} for test in group["tests"] if test["valid"]],
                [{"x": test["data"]} for test in group["tests"] if not test["valid"]],
            )


def store() -> Iterator[Case]:
    with gzip.open(corpus("toolschema", "schemastore.jsonl.gz"), "rt") as lines:
        for line in lines:
            row = parse(line)
            yield row["id"], row["schema"], row["valid"], row["invalid"]


def tools() -> Iterator[Case]:
    for server in json.loads(corpus("toolschema", "livemcpbench", "tools.json").read_text()):
        for listing in (server.get("tools") or {}).values():
            for tool in listing["tools"]:
                yield tool["name"], tool.get("inputSchema") or {}, [{}], []
    folder = corpus("toolschema", "github-mcp-server", "pkg")
    for file in sorted(folder.rglob("*.snap")):
        yield file.stem, json.loads(file.read_text())["inputSchema"], [{}], []


@by_dialect
def test_the_feature_cases_keep_every_law(dialect: Dialect) -> None:
    for _, schema, valid, wrong in cases(features()):
        lawful(schema, dialect, valid, wrong)


@by_dialect
def test_the_test_suite_keeps_every_law(dialect: Dialect) -> None:
    for _, schema, valid, wrong in cases(suite()):
        lawful(schema, dialect, valid, wrong)


@by_dialect
def test_tools_of_mcp_servers_keep_every_law(dialect: Dialect) -> None:
    for _, schema, valid, wrong in cases(tools()):
        lawful(schema, dialect, valid, wrong)


@pytest.mark.slow
@by_dialect
def test_schemas_of_configuration_files_keep_every_law(dialect: Dialect) -> None:
    for _, schema, valid, wrong in cases(store(), most=2_500):
        lawful(schema, dialect, valid, wrong)


# ------------------------------------------------------------------ schemas that nobody would write

NAMES = st.sampled_from(["a", "b", "a b", "$ref", "type", "properties", "value", "key", "é", ""])
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from([None, True, False, 0, 1, 2.5, "", "a", "ab", "null", "1"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2),
    max_leaves=4,
)
TYPES = st.sampled_from(["object", "array", "string", "number", "integer", "boolean", "null"])
NUMBERS = st.integers(0, 3)
SCALARS = {
    "type": TYPES | st.lists(TYPES, min_size=1, max_size=3, unique=True),
    "enum": st.lists(VALUES, min_size=1, max_size=3),
    "const": VALUES,
    "minimum": NUMBERS,
    "exclusiveMaximum": NUMBERS,
    "multipleOf": st.integers(1, 3),
    "minLength": NUMBERS,
    "maxLength": NUMBERS,
    "pattern": st.sampled_from(["^a", "b$", "a", "(?=a)"]),
    "format": st.sampled_from(["date", "uri"]),
    "minItems": NUMBERS,
    "maxItems": NUMBERS,
    "uniqueItems": st.booleans(),
    "minProperties": NUMBERS,
    "maxProperties": NUMBERS,
    "required": st.lists(NAMES, max_size=2, unique=True),
    "dependentRequired": st.dictionaries(NAMES, st.lists(NAMES, max_size=1), max_size=1),
    "title": st.sampled_from(["T", ""]),
    "description": st.sampled_from(["D", "Dots."]),
    "default": VALUES,
    "x-vendor": VALUES,
    "$ref": st.sampled_from(["#/$defs/A", "#/$defs/B"]),
}


def _nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    one, many = inner, st.lists(inner, min_size=1, max_size=3)
    named = st.dictionaries(NAMES, inner, max_size=3)
    holders: dict[str, st.SearchStrategy[Any]] = {
        "properties": named,
        "patternProperties": st.dictionaries(st.sampled_from(["^a", "b$"]), inner, max_size=2),
        "additionalProperties": one,
        "propertyNames": one,
        "items": one,
        "prefixItems": many,
        "contains": one,
        "allOf": many,
        "anyOf": many,
        "oneOf": many,
        "not": one,
        "if": one,
        "then": one,
        "unevaluatedProperties": one,
        "unevaluatedItems": one,
    }
    every = {**SCALARS, **holders}
    words = st.lists(st.sampled_from(sorted(every)), max_size=4, unique=True)
    return words.flatmap(lambda chosen: st.fixed_dictionaries({w: every[w] for w in chosen}))


SCHEMAS: st.SearchStrategy[Any] = st.recursive(
    st.booleans() | _nested(st.just({})), _nested, max_leaves=10
)
WHOLE = st.fixed_dictionaries({"x": SCHEMAS, "A": SCHEMAS, "B": SCHEMAS}).map(
    lambda parts: {
        "type": "object",
        "properties": {"x": parts["x"]},
        "additionalProperties": False,
        "$defs": {"A": parts["A"], "B": parts["B"]},
    }
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(WHOLE, st.lists(VALUES, min_size=4, max_size=8))
def test_schemas_that_nobody_would_write_keep_every_law(raw: Any, values: list[Any]) -> None:
    try:
        schema = canonical(raw).schema
    except SealegsError:
        return
    documents: list[Any] = [{}, *({"x": value} for value in values)]
    try:
        valid = [value for value in documents if accepts(schema, value)]
    except ValueError:  # a reference that leads nowhere but to itself
        return
    wrong = [value for value in documents if not accepts(schema, value)]
    for dialect in DIALECTS:
        lawful(schema, dialect, valid, wrong)


# ------------------------------------------------------------------ the same everywhere

_DIGEST = """
import sys
sys.path[:0] = {paths!r}
from middleware.test_schema_lowering_laws import digest
print(digest())
"""


def digest() -> str:
    """Give a digest of all that the feature cases become."""
    whole = hashlib.sha256()
    for _, schema, _, _ in cases(features()):
        for dialect in DIALECTS:
            lowered = lower(schema, dialect)
            whole.update(dump(lowered.schema) + repr(lowered.entries).encode())
    return whole.hexdigest()


def test_another_process_gives_the_same_bytes() -> None:
    corpus("toolschema", "feature_cases.json")
    tests = Path(__file__).parents[1]
    code = _DIGEST.format(paths=[str(tests)])
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert found == {digest()}
