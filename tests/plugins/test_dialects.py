"""What the dialects say, held against what providers really took and refused."""

from __future__ import annotations

import dataclasses
import functools
import json
import re
import runpy
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from corpus import corpus, index, sequence
from real_tools import real_tools, sample
from sealegs import Catalog
from sealegs.directory import family
from sealegs.jsons import parse
from sealegs.schema.canonical import canonical
from sealegs.schema.choosing import Dialects
from sealegs.schema.dialect import Dialect
from sealegs.schema.linting import Candidate, judged, lint, lint_request, lint_tool, linted
from sealegs.schema.lowering import Lowered, lower
from sealegs.schema.measuring import measured
from sealegs.schema.places import places
from sealegs.schema.rewrites.rules import Rules
from sealegs_plugins.dialects import ALL
from sealegs_plugins.providers import ALL as PROVIDERS

ROOT = Path(__file__).parents[2]
DIALECTS = Dialects(ALL)


def named(name: str) -> Dialect:
    found = DIALECTS.named(name)
    assert found is not None
    return found


# ------------------------------------------------------------------ the quick look


def test_the_linter_says_of_real_tools_what_it_says_without_its_quick_look() -> None:
    rows = sorted(ALL, key=lambda row: row.name)
    cleared = 0
    for number, (_, schema) in enumerate(real_tools()):
        whole = canonical(schema).schema
        for row in rows[number % 7 :: 7]:
            for sent in (whole, lower(whole, row).schema):
                found = linted(sent, row)
                cleared += not found
                assert judged(sent, row) == (found, measured(sent, places(sent)))
                assert lint(sent, row) == found
    assert cleared > 1_000


@pytest.mark.parametrize(
    "row", [row for row in ALL if Rules.of(row).plainly], ids=lambda row: row.name
)
def test_what_is_lowered_plainly_is_what_the_general_way_makes_of_it(row: Dialect) -> None:
    for _, schema in real_tools()[::7]:
        whole = canonical(schema).schema
        plain, general = lower(whole, row), generally(whole, row)
        assert dataclasses.replace(plain, codec=general.codec) == general
        assert list(plain.standard) == list(general.standard)
        arguments = sample(schema)
        assert plain.codec.encode(arguments) == general.codec.encode(arguments)


def generally(schema: Any, row: Dialect) -> Lowered:
    """Lower as if no schema were plain."""
    rules = Rules.of(row)
    rules.plainly = False
    try:
        return lower(schema, row)
    finally:
        rules.plainly = True


# ------------------------------------------------------------------ the rows themselves


def test_every_row_says_where_its_rules_stand_and_when_they_were_read() -> None:
    assert [row.name for row in ALL if not row.source] == []
    assert [row.name for row in ALL if not re.fullmatch(r"\d{4}-\d\d-\d\d", row.checked)] == []


def test_every_form_of_a_row_is_a_form_that_there_is() -> None:
    forms = Catalog.load().tool_forms
    assert sorted({row.form for row in ALL} - set(forms)) == []


def test_every_wire_of_a_row_is_one_that_there_is() -> None:
    wires = frozenset[str]().union(*(row.wires for row in ALL))
    assert sorted(wires - set(Catalog.load().wires)) == []


def test_every_pattern_of_a_row_compiles() -> None:
    for row in ALL:
        rules = [row.names, row.ids, row.shape.keys, row.references.names, row.references.keys]
        patterns = [rule.pattern for rule in rules if rule is not None]
        for keyword in row.keywords.values():
            patterns += [keyword.pattern, keyword.unless]
        assert [re.compile(pattern).pattern for pattern in patterns] == patterns


def test_every_provider_has_a_dialect_on_every_wire_that_it_speaks() -> None:
    missing = [
        (wire, provider.name)
        for provider in PROVIDERS
        for wire in sorted(provider.wires)
        if DIALECTS.find(wire, provider.name, "some-model") is None
    ]
    assert missing == []


def test_every_wire_has_a_dialect_for_a_host_that_nobody_knows() -> None:
    assert {wire: bool(DIALECTS.find(wire, "unknown", "")) for wire in Catalog.load().wires} == (
        dict.fromkeys(Catalog.load().wires, True)
    )


def test_strict_mode_is_never_found_by_a_request_itself() -> None:
    strict = {row.strict for row in ALL} - {""}
    found = {
        dialect.name
        for provider in PROVIDERS
        for wire in provider.wires
        for model in ("some-model", "ft:gpt-4o", "claude-sonnet-4-5")
        if (dialect := DIALECTS.find(wire, provider.name, model)) is not None
    }
    assert found & strict == set()


@pytest.mark.parametrize(
    ("wire", "provider", "model", "dialect"),
    [
        ("openai-chat", "openai", "gpt-5", "openai-chat"),
        (
            "openai-chat",
            "openai",
            family("ft:gpt-4o-2024-08-06:acme::abc"),
            "openai-chat-fine-tuned",
        ),
        ("openai-responses", "azure-responses", "gpt-5", "azure-openai-responses"),
        ("anthropic-messages", "anthropic", "claude-sonnet-4-5", "anthropic"),
        (
            "anthropic-messages",
            "anthropic",
            family("claude-3-5-haiku-latest"),
            "anthropic-before-strict",
        ),
        ("anthropic-messages", "anthropic-compatible", "qwen3", "unknown-anthropic-messages"),
        ("anthropic-bedrock", "bedrock-anthropic", "claude-sonnet-4-5", "anthropic"),
        ("bedrock-converse", "bedrock-claude", "claude-sonnet-4-5", "bedrock-converse-claude"),
        ("bedrock-converse", "bedrock-claude", "claude-opus-4-7", "bedrock-converse"),
        ("bedrock-converse", "bedrock", "gpt-oss-120b", "bedrock-converse-written-out"),
        ("gemini", "vertex-gemini-3", "gemini-3-pro", "gemini"),
        ("gemini", "unknown", "gemini-3-pro", "unknown-gemini"),
        ("mistral", "mistral", "mistral-large", "mistral"),
        ("cohere-v2", "cohere", "command-a", "cohere"),
        ("openai-chat", "deepseek-v3.2", "deepseek-v3.2", "deepseek"),
        ("openai-chat", "minimax-m3", "minimax-m3", "minimax"),
        ("anthropic-messages", "minimax-anthropic", "minimax-m2", "minimax-anthropic"),
        ("openai-chat", "moonshot-k2.6", "kimi-k2.6", "moonshot"),
        ("anthropic-messages", "moonshot-anthropic", "kimi-k2.6", "moonshot-anthropic"),
        ("openai-chat", "openrouter", "kimi-k2.6", "openrouter-moonshot"),
        ("openai-chat", "zhipu-coding", "glm-4.7", "zhipu"),
        ("openai-chat", "groq", "gpt-oss-120b", "groq-written-out"),
        ("openai-chat", "groq", "llama-3.3-70b-versatile", "groq"),
        ("openai-chat", "cerebras-glm", "zai-glm-4.7", "cerebras-written-out"),
        ("openai-chat", "llama.cpp", "qwen3-1.7b", "llama.cpp"),
        ("openai-chat", "vllm", "qwen3", "vllm"),
        ("ollama", "ollama", "qwen3:4b", "ollama"),
        ("openai-chat", "unknown", "some-model", "unknown-openai-chat"),
        ("openai-chat", "openai-compatible", "glm-4.7", "unknown-openai-chat-written-out"),
    ],
)
def test_a_request_goes_by_the_row_of_its_provider(
    wire: str, provider: str, model: str, dialect: str
) -> None:
    assert getattr(DIALECTS.find(wire, provider, model), "name", None) == dialect


def test_a_tool_without_parameters_passes_everywhere_but_where_one_must_be_required() -> None:
    refused = [
        row.name
        for row in ALL
        for schema in [_empty(row)]
        if lint_tool("ping", "Answers.", schema, row) != ()
    ]
    assert refused == ["cohere-strict"]


def _empty(row: Dialect) -> dict[str, Any]:
    kind = "OBJECT" if row.shape.upper_types else "object"
    closed = {"additionalProperties": False} if row.shape.closed else {}
    return {"type": kind, "properties": {}, **closed}


def test_the_page_of_dialects_is_what_the_script_writes() -> None:
    script = runpy.run_path(str(ROOT / "scripts" / "dialects"))
    rows = Dialects(Catalog.load().schema_dialects.values()).every
    assert (ROOT / "docs" / "dialects.md").read_text("utf-8") == script["page"](rows)


# ------------------------------------------------------------------ Moonshot's own cases


@functools.cache
def moonshot_cases() -> tuple[tuple[str, bool, str], ...]:
    folder = corpus("toolschema", "walle-mfjs", "testdata", "validator_cases")
    cases: list[tuple[str, bool, str]] = []
    for file in sorted(folder.glob("*/*.jsonl")):
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            if line.strip():
                taken = file.stem == "valid"
                text = line if taken else json.loads(line)["schema"]
                cases.append((f"{file.parent.name}/{file.name}:{number}", taken, text))
    return tuple(cases)


def takes(text: str, dialect: Dialect) -> bool:
    """Say whether a text is JSON, and a schema that the linter takes."""
    try:
        schema = parse(text)
    except ValueError:
        return False
    return lint(schema, dialect) == ()


DEEPER_THAN_THE_SUITE = {
    "TestNestedDefsDepth/invalid.jsonl:3",
    "TestNestedDefsDepth/invalid.jsonl:4",
    "TestNestedDefsDepth/invalid.jsonl:5",
}
"""The suite is run with a lower limit of depth than the validator has by default."""


def test_the_linter_agrees_with_moonshots_validator_on_its_own_395_cases() -> None:
    rows = [(name, taken, takes(text, named("mfjs"))) for name, taken, text in moonshot_cases()]
    assert len(rows) == 395
    assert {name for name, taken, found in rows if taken != found} == DEEPER_THAN_THE_SUITE


def test_with_the_limit_of_the_suite_it_agrees_on_all() -> None:
    row = named("mfjs")
    row = replace(row, bounds=replace(row.bounds, depth=7))
    cases = moonshot_cases()
    assert [name for name, taken, text in cases if taken != takes(text, row)] == []


def test_what_is_sent_to_moonshot_is_never_more_than_its_validator_takes() -> None:
    bold = {
        name
        for name, _, text in moonshot_cases()
        if takes(text, named("moonshot")) and not takes(text, named("mfjs"))
    }
    assert bold == set()


# ------------------------------------------------------------------ recorded requests


PROVIDER_NAMES = {
    ("anthropic-messages", "bedrock"): "bedrock-anthropic",
    ("anthropic-messages", "google-vertex"): "vertex-anthropic",
    ("bedrock-invoke", "bedrock"): "bedrock-anthropic",
    ("gemini", "google-gemini"): "gemini",
    ("gemini", "google-vertex"): "vertex",
    ("gemini-interactions", "google-gemini"): "gemini",
    ("openai-chat", "azure"): "azure-openai",
    ("openai-chat", "github-copilot"): "copilot",
    ("openai-chat", "google-gemini"): "gemini-openai",
    ("openai-chat", "ollama"): "ollama-openai",
    ("openai-chat", "ollama-cloud"): "ollama-openai",
    ("openai-chat", "zai"): "zhipu",
    ("openai-responses", "azure"): "azure-responses",
    ("openai-responses", "deepseek"): "deepseek-responses",
    ("openai-responses", "openai"): "openai-responses",
    ("openai-responses", "xai"): "xai-responses",
}
WIRES = {"bedrock-invoke": "anthropic-bedrock", "gemini-interactions": "gemini"}


def declared(wire: str, body: Mapping[str, Any]) -> Iterator[tuple[str, Candidate]]:
    """Give each tool of a recorded request, and the member that holds its schema."""
    if wire == "bedrock-converse":
        listed = [one.get("toolSpec") for one in body.get("toolConfig", {}).get("tools", [])]
    else:
        listed = list(body.get("tools") or ())
    if wire.startswith("gemini"):
        groups = [
            one.get("functionDeclarations") or one.get("function_declarations") for one in listed
        ]
        listed = [function for group in groups for function in group or ()]
    for tool in listed:
        function = tool.get("function", tool) if isinstance(tool, dict) else {}
        for member in ("parameters", "input_schema", "parameters_json_schema", "inputSchema"):
            if member in function and "name" in function:
                schema = function[member]
                schema = schema["json"] if member == "inputSchema" else schema
                strict = function.get("strict") is True
                yield (
                    member,
                    Candidate(function["name"], function.get("description"), schema, strict),
                )


def recorded() -> Iterator[tuple[str, int, str, Dialect, list[Candidate]]]:
    """Give each recorded request with tools: file, status, reply, dialect, tools."""
    corpus("traffic")
    for row in index():
        recording = sequence(row["file"])
        wire, provider = recording["wire"], recording["provider"]
        name = PROVIDER_NAMES.get((wire, provider), provider)
        dialect = DIALECTS.find(WIRES.get(wire, wire), name, family(recording["model"] or ""))
        for exchange in recording["exchanges"]:
            body = (exchange["request"] or {}).get("body")
            tools = list(declared(wire, body)) if isinstance(body, dict) else []
            if tools:
                assert dialect is not None
                older = wire.startswith("gemini") and tools[0][0] == "parameters"
                rules = named("gemini-parameters") if older else dialect
                response = exchange["response"]
                found = [tool for _, tool in tools]
                yield row["file"], response["status"], json.dumps(response["body"]), rules, found


def test_no_tool_that_a_provider_took_is_refused_by_the_linter() -> None:
    taken = [
        (file, lint_request(tools, rules, DIALECTS.strict(rules)))
        for file, status, _, rules, tools in recorded()
        if 200 <= status < 300
    ]
    assert len(taken) > 400
    assert [(file, found) for file, found in taken if found] == []


def test_every_tool_schema_that_a_provider_refused_is_refused_by_the_linter() -> None:
    refused = [
        (file, reply, lint_request(tools, rules, DIALECTS.strict(rules)))
        for file, status, reply, rules, tools in recorded()
        if status >= 400
    ]
    # Three requests failed by what the model wrote, or by `tool_choice`.
    about_schemas = [row for row in refused if "tool_choice" not in row[1]]
    about_schemas = [row for row in about_schemas if "tool_use_failed" not in row[1]]
    assert len(about_schemas) == 9
    assert [file for file, _, found in about_schemas if not found] == []
    assert [file for file, reply, found in refused if found and "tool_choice" in reply] == []


# ------------------------------------------------------------------ refusals by their text


OBJECT: dict[str, Any] = {"type": "object", "properties": {"a": {"type": "string"}}}
CLOSED: dict[str, Any] = {**OBJECT, "required": ["a"], "additionalProperties": False}


def around(schema: Any) -> dict[str, Any]:
    """Give a closed object with one property of that schema, required."""
    properties = {"a": schema}
    return {**CLOSED, "properties": properties}


REFUSALS: list[tuple[str, str, Any, str, str]] = [
    # error text, dialect, schema, pointer and keyword that the linter must name
    ("type is not defined", "moonshot", around({"description": "x"}), "/properties/a", "type"),
    ("when using anyOf", "moonshot", {**OBJECT, "anyOf": [OBJECT]}, "", "anyOf"),
    (
        "conflicting keywords found after $ref expansion",
        "moonshot",
        {
            **around({"$ref": "#/$defs/A", "description": "x"}),
            "$defs": {"A": {"type": "string", "description": "y"}},
        },
        "/properties/a",
        "description",
    ),
    ("must be an object", "moonshot", around(True), "/properties/a", ""),
    (
        "does not support oneOf, allOf, or anyOf",
        "anthropic",
        {**OBJECT, "oneOf": [OBJECT]},
        "",
        "oneOf",
    ),
    (
        "must match JSON Schema draft 2020-12",
        "anthropic",
        around({"type": "unknown"}),
        "/properties/a",
        "type",
    ),
    ('Unknown name "$schema"', "gemini-parameters", {**OBJECT, "$schema": "x"}, "", "$schema"),
    (
        'Unknown name "additionalProperties"',
        "gemini-parameters",
        {**OBJECT, "additionalProperties": False},
        "",
        "additionalProperties",
    ),
    ('Unknown name "const"', "gemini-parameters", around({"const": "x"}), "/properties/a", "const"),
    (
        'Unknown name "propertyNames"',
        "gemini-parameters",
        {**OBJECT, "propertyNames": {"type": "string"}},
        "",
        "propertyNames",
    ),
    (
        'Unknown name "exclusiveMinimum"',
        "gemini-parameters",
        around({"type": "integer", "exclusiveMinimum": 0}),
        "/properties/a",
        "exclusiveMinimum",
    ),
    (
        "items: missing field",
        "gemini-parameters",
        around({"type": "array"}),
        "/properties/a",
        "items",
    ),
    (
        "is required to be supplied and to be false",
        "openai-chat-strict",
        OBJECT,
        "",
        "additionalProperties",
    ),
]


@pytest.mark.parametrize(("text", "name", "schema", "pointer", "keyword"), REFUSALS)
def test_a_reported_refusal_is_found_where_it_is(
    text: str, name: str, schema: Any, pointer: str, keyword: str
) -> None:
    found = [(one.pointer, one.keyword) for one in lint(schema, named(name))]
    assert (pointer, keyword) in found


def test_every_reported_refusal_of_a_schema_is_among_them() -> None:
    bodies = json.loads(corpus("error_bodies.json").read_text("utf-8"))
    texts = [
        row["body"]["error"]["message"]
        for row in bodies
        if row["kind"] == "reported" and row["about"] == ["tool schema"]
    ]
    # Parameters that are absent are no schema; see the test below.
    texts = [text for text in texts if "function parameters is empty" not in text]
    assert [text for text in texts if not any(case[0] in text for case in REFUSALS)] == []


def test_parameters_that_are_absent_are_refused_where_they_must_be_there() -> None:
    refusing = [row.name for row in ALL if lint_tool("ping", "Answers.", None, row)]
    assert "minimax" in refusing
    assert "openai-chat" not in refusing


@pytest.mark.parametrize(
    ("wire", "provider", "good", "bad"),
    [
        ("mistral", "mistral", "a1B2c3D4e", "call_a1B2c3D4e"),
        ("bedrock-converse", "bedrock", "tooluse_a.b:c-d", "a b"),
    ],
)
def test_ids_are_shaped_as_the_provider_wants(
    wire: str, provider: str, good: str, bad: str
) -> None:
    row = DIALECTS.find(wire, provider, "")
    assert row is not None
    assert row.ids is not None
    assert [bool(re.fullmatch(row.ids.pattern, one)) for one in (good, bad)] == [True, False]


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("openai-chat", "a" * 64, "a" * 65),
        ("anthropic", "a-b_c", "a.b"),
        ("gemini", "_a.b:c-d", "1a"),
        ("bedrock-converse", "a_b", "a b"),
        ("mistral", "a-b", "a/b"),
    ],
)
def test_names_are_those_that_the_provider_takes(name: str, good: str, bad: str) -> None:
    found = [
        [one.pointer for one in lint_tool(tool, "x", OBJECT, named(name))] for tool in (good, bad)
    ]
    assert found == [[], ["/name"]]


def test_every_limit_of_a_request_is_counted() -> None:
    def refused(name: str, tools: list[Candidate]) -> list[str]:
        rules = named(name)
        return [
            found.reason
            for found in lint_request(tools, rules, DIALECTS.strict(rules))
            if not found.pointer
        ]

    many = [Candidate(f"tool_{number}", "x", CLOSED, strict=True) for number in range(201)]
    assert refused("openai-chat", many[:129]) == ["129 tools in one request, at most 128 are taken"]
    assert refused("anthropic", many[:21]) == [
        "21 strict tools in one request, at most 20 are taken"
    ]
    assert refused("cohere", many) == ["201 properties in one request, at most 200 are taken"]
    assert refused("xai", many) == ["201 tools in one request, at most 200 are taken"]


def test_a_row_is_data_alone() -> None:
    assert all(dataclasses.is_dataclass(row) for row in ALL)
