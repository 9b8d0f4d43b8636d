"""Forms: what reads a definition, where it stands, and that writing it back changes nothing."""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus import corpus
from recorded import exchanges
from sealegs import Catalog
from sealegs.schema.definition import NO_PARAMETERS, ToolDefinition
from sealegs.schema.forms import ToolForm
from sealegs.schema.reading import definitions
from sealegs_plugins.forms import ALL
from sealegs_plugins.wires import ALL as WIRES

FORMS = {form.name: form for form in ALL}
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOLD = "Tell the weather."

# form: a new definition as it is written, and what strict mode adds
NEW: dict[str, tuple[dict[str, Any], bool]] = {
    "openai-chat": (
        {
            "type": "function",
            "function": {"name": "f", "description": TOLD, "parameters": SCHEMA, "strict": True},
        },
        True,
    ),
    "openai-responses": (
        {
            "type": "function",
            "name": "f",
            "description": TOLD,
            "parameters": SCHEMA,
            "strict": True,
        },
        True,
    ),
    "openai-functions": ({"name": "f", "description": TOLD, "parameters": SCHEMA}, False),
    "anthropic": (
        {"name": "f", "description": TOLD, "input_schema": SCHEMA, "strict": True},
        True,
    ),
    "gemini-parameters": ({"name": "f", "description": TOLD, "parameters": SCHEMA}, False),
    "gemini-json-schema": (
        {"name": "f", "description": TOLD, "parametersJsonSchema": SCHEMA},
        False,
    ),
    "bedrock-converse": (
        {
            "toolSpec": {
                "name": "f",
                "description": TOLD,
                "inputSchema": {"json": SCHEMA},
                "strict": True,
            }
        },
        True,
    ),
    "mcp": ({"name": "f", "description": TOLD, "inputSchema": SCHEMA}, False),
    "json-schema": ({"title": "f", "description": TOLD, **SCHEMA}, False),
}
NEW |= dict.fromkeys(("mistral", "cohere", "ollama"), NEW["openai-chat"])


def rewritten(form: ToolForm, read: ToolDefinition, base: Any, **changes: Any) -> Any:
    given = {
        "name": read.name,
        "description": read.description,
        "parameters": read.parameters,
        "strict": read.strict,
    }
    return form.write(**{**given, **changes}, base=base)


def test_every_form_is_here_and_the_catalog_has_it() -> None:
    assert set(FORMS) == set(NEW)
    assert set(Catalog.load().tool_forms) >= set(FORMS)


def test_every_wire_format_has_a_form() -> None:
    served = Counter(wire for form in ALL for wire in form.wires)
    assert served == {
        **dict.fromkeys((wire.name for wire in WIRES), 1),
        "openai-chat": 2,
        "gemini": 2,
    }


@pytest.mark.parametrize("name", sorted(NEW))
def test_a_new_definition_has_its_members_in_their_usual_order(name: str) -> None:
    form, (expected, strict) = FORMS[name], NEW[name]
    made = form.write(name="f", description=TOLD, parameters=SCHEMA, strict=True, base=None)
    assert json.dumps(made) == json.dumps(expected)
    read = form.read(made)
    assert read is not None
    assert (read.name, read.description, read.parameters) == ("f", TOLD, SCHEMA)
    assert read.strict is (True if strict else None)  # strictness alone may have no place


@pytest.mark.parametrize("name", sorted(NEW))
def test_without_description_and_strictness_nothing_is_said_of_them(name: str) -> None:
    form = FORMS[name]
    made = form.write(name="f", description="", parameters=SCHEMA, strict=None, base=None)
    assert "description" not in json.dumps(made)
    assert "strict" not in json.dumps(made)


@pytest.mark.parametrize("name", sorted(NEW))
def test_what_is_not_of_a_form_is_not_read(name: str) -> None:
    form = FORMS[name]
    strangers: list[Any] = [None, 3, "f", [], {}, {"name": 3}, {"type": ["function"]}, {"title": 1}]
    strangers += [{"type": "function", "function": {"parameters": {}}}, {"toolSpec": []}]
    assert [form.read(one) for one in strangers] == [None] * len(strangers)
    assert [list(form.slots(one)) for one in [*strangers, strangers]] == [[]] * 11


@given(
    name=st.sampled_from(sorted(NEW)),
    tool=st.text(max_size=5),
    told=st.text(max_size=5),
    strict=st.none() | st.booleans(),
    schema=st.sampled_from([SCHEMA, {"type": "object", "properties": {}}, {"type": "object"}]),
    more=st.dictionaries(st.sampled_from(["x-note", "cache_control", "meta"]), st.integers()),
)
def test_a_definition_comes_back_as_it_was_written(
    name: str, tool: str, told: str, strict: bool | None, schema: Any, more: dict[str, int]
) -> None:
    form = FORMS[name]
    made = form.write(name=tool, description=told, parameters=schema, strict=strict, base=None)
    base = {**made, **more}
    before = copy.deepcopy(base)
    read = form.read(base)
    assert read is not None
    assert json.dumps(rewritten(form, read, base)) == json.dumps(base)
    assert form.read(rewritten(form, read, base)) == read
    assert base == before
    if name != "json-schema":
        assert read.extra == more


def recorded_tools() -> Iterator[tuple[str, str, Any]]:
    for one in exchanges():
        body = one.request if isinstance(one.request, dict) else {}
        config = body.get("toolConfig") or {}
        tools = body.get("tools") or config.get("tools")
        if tools:
            yield one.name, one.wire.name, tools


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def test_every_recorded_definition_is_written_back_as_it_was() -> None:
    corpus("traffic")
    seen: Counter[str] = Counter()
    for place, wire, tools in recorded_tools():
        for form in ALL:
            if wire not in form.wires:
                continue
            slots = form.slots(tools)
            for path, raw in slots:
                assert at(tools, path) is raw, place
                read = form.read(raw)
                assert read is not None, place
                own = FORMS[read.form]
                assert json.dumps(rewritten(own, read, raw)) == json.dumps(raw), place
                assert own.read(rewritten(own, read, raw)) == read, place
            seen[form.name] += len(slots)
    # the two forms of Gemini each read what is of the other
    assert seen == {
        "openai-chat": 289,
        "openai-responses": 128,
        "openai-functions": 0,
        "anthropic": 45,
        "gemini-parameters": 84,
        "gemini-json-schema": 84,
        "bedrock-converse": 16,
        "mistral": 8,
        "cohere": 16,
        "ollama": 27,
    }


def test_the_tools_that_providers_run_themselves_are_no_slots() -> None:
    corpus("traffic")
    left: Counter[str] = Counter()
    for _, wire, tools in recorded_tools():
        taken = {path[0] for form in ALL if wire in form.wires for path, _ in form.slots(tools)}
        for number, tool in enumerate(tools):
            if number not in taken:
                left[tool.get("type") or next(iter(tool))] += 1
    assert left == {
        "advisor_20260301": 2,
        "codeExecution": 1,
        "code_execution": 2,
        "code_execution_20250522": 1,
        "code_execution_20260120": 2,
        "custom": 5,
        "fileSearch": 2,
        "mcp": 7,
        "openrouter:web_search": 1,
        "tool_search_tool_bm25_20251119": 3,
        "web_search": 6,
    }


@pytest.mark.parametrize(
    ("name", "tool"),
    [
        (
            "openai-chat",
            {"type": "custom", "custom": {"name": "sql", "format": {"type": "grammar"}}},
        ),
        ("openai-chat", {"type": "web_search_preview"}),
        ("openai-chat", {"type": "openrouter:web_search", "parameters": {"max_uses": 1}}),
        ("openai-responses", {"type": "custom", "name": "sql", "description": "…"}),
        ("openai-responses", {"type": "code_interpreter", "container": {"type": "auto"}}),
        ("openai-responses", {"type": "namespace", "name": "crm", "tools": []}),
        ("openai-responses", {"type": "mcp", "server_label": "d", "server_url": "https://d"}),
        ("anthropic", {"type": "web_search_20250305", "name": "web_search", "max_uses": 5}),
        ("anthropic", {"type": "computer_20250124", "name": "computer", "display_width_px": 1}),
        ("anthropic", {"type": "mcp_toolset", "mcp_server_name": "s"}),
        ("gemini-parameters", {"googleSearch": {}}),
        ("gemini-json-schema", {"retrieval": {"vertexAiSearch": {"datastore": "d"}}}),
        ("bedrock-converse", {"cachePoint": {"type": "default"}}),
        ("bedrock-converse", {"systemTool": {"name": "nova_grounding"}}),
        ("mistral", {"type": "web_search"}),
    ],
)
def test_a_tool_of_the_provider_is_no_slot(name: str, tool: dict[str, Any]) -> None:
    form = FORMS[name]
    own = form.write(name="f", description="", parameters=SCHEMA, strict=None, base=None)
    tools = [tool, {"functionDeclarations": [own]} if name.startswith("gemini") else own, tool]
    assert [path[0] for path, _ in form.slots(tools)] == [1]


def test_gemini_keeps_the_spelling_and_moves_the_schema_to_its_own_member() -> None:
    camel, snake = "parametersJsonSchema", "parameters_json_schema"
    base = {"name": "f", snake: SCHEMA, "behavior": "BLOCKING"}
    to_json, to_openapi = FORMS["gemini-json-schema"], FORMS["gemini-parameters"]
    read = to_json.read(base)
    assert read == to_openapi.read(base)
    assert read is not None
    assert (read.form, read.extra) == ("gemini-json-schema", {"behavior": "BLOCKING"})
    new = {"type": "object", "properties": {}}
    assert rewritten(to_json, read, base, parameters=new) == {**base, snake: new}
    moved = rewritten(to_openapi, read, base, parameters=new)
    assert moved == {"name": "f", "behavior": "BLOCKING", "parameters": new}
    back = to_openapi.read(moved)
    assert back is not None
    assert rewritten(to_json, back, moved) == {"name": "f", "behavior": "BLOCKING", camel: new}


@pytest.mark.parametrize("name", sorted(NEW))
def test_what_is_collected_for_a_request_is_found_again(name: str) -> None:
    form = FORMS[name]
    made = [
        form.write(name=tool, description="", parameters=SCHEMA, strict=None, base=None)
        for tool in "abc"
    ]
    assert [raw for _, raw in form.slots(form.collected(made))] == made
    assert form.collected([]) == []


def test_gemini_has_several_declarations_in_one_tool_and_in_either_spelling() -> None:
    tools = [
        {"functionDeclarations": [{"name": "a"}, {"name": "b", "parameters": SCHEMA}, {"nam": 1}]},
        {"googleSearch": {}},
        {"function_declarations": [{"name": "c"}], "codeExecution": {}},
    ]
    slots = FORMS["gemini-parameters"].slots(tools)
    assert slots == [
        ((0, "functionDeclarations", 0), {"name": "a"}),
        ((0, "functionDeclarations", 1), {"name": "b", "parameters": SCHEMA}),
        ((2, "function_declarations", 0), {"name": "c"}),
    ]


@pytest.mark.parametrize("name", ["gemini-parameters", "gemini-json-schema"])
@pytest.mark.parametrize("kind", ["object", "OBJECT"])
def test_a_gemini_declaration_without_a_schema_stays_so_while_it_takes_nothing(
    name: str, kind: str
) -> None:
    form, base = FORMS[name], {"name": "f", "description": "d"}
    read = form.read(base)
    assert read is not None
    assert read.parameters == NO_PARAMETERS
    assert rewritten(form, read, base, parameters={"type": kind, "properties": {}}) == base
    member = "parameters" if name == "gemini-parameters" else "parametersJsonSchema"
    assert rewritten(form, read, base, parameters=SCHEMA) == {**base, member: SCHEMA}


def test_elsewhere_a_missing_schema_and_a_missing_type_are_put_in() -> None:
    form, base = FORMS["openai-chat"], {"function": {"name": "f"}, "cache_control": {"type": "x"}}
    read = form.read(base)
    assert read is not None
    assert (read.parameters, read.extra) == (NO_PARAMETERS, {"cache_control": {"type": "x"}})
    assert rewritten(form, read, base) == {
        "type": "function",
        "function": {"name": "f", "parameters": {"type": "object", "properties": {}}},
        "cache_control": {"type": "x"},
    }


def test_mistral_keeps_a_tool_without_a_type() -> None:
    form, base = FORMS["mistral"], {"function": {"name": "f", "parameters": SCHEMA}}
    read = form.read(base)
    assert read is not None
    assert rewritten(form, read, base) == base


def test_a_null_stays_a_null_and_a_removed_description_goes() -> None:
    form = FORMS["openai-responses"]
    base = {
        "type": "function",
        "name": "f",
        "description": None,
        "strict": None,
        "parameters": None,
    }
    read = form.read(base)
    assert read == ToolDefinition("f", "", dict(NO_PARAMETERS), "openai-responses")
    assert rewritten(form, read, base) == {**base, "parameters": dict(NO_PARAMETERS)}
    told = {**base, "description": "old", "strict": True}
    assert form.write(name="f", description="", parameters=SCHEMA, strict=None, base=told) == {
        "type": "function",
        "name": "f",
        "parameters": SCHEMA,
    }


def test_a_base_of_another_form_is_not_mixed_in() -> None:
    for name, (new, _) in NEW.items():
        for other, (base, _) in NEW.items():
            form = FORMS[name]
            if form.read(base) is None:
                made = form.write(
                    name="f", description=TOLD, parameters=SCHEMA, strict=True, base=base
                )
                assert made == new, (name, other)


def test_a_schema_that_is_none_is_read_as_it_stands() -> None:
    odd = [True, [], "x", 3, {"type": "no"}]
    for name in NEW.keys() - {"json-schema"}:
        form = FORMS[name]
        for schema in odd:
            made = form.write(name="f", description="", parameters=schema, strict=None, base=None)
            read = form.read(made)
            assert read is not None
            assert read.parameters is schema


def test_each_new_definition_is_read_by_the_form_that_fits_it_first() -> None:
    first = {
        name: definitions(new, ALL)[0].form for name, (new, _) in NEW.items() if name != "mistral"
    }
    assert first == {
        **{name: name for name in first},
        "cohere": "openai-chat",
        "ollama": "openai-chat",
        "gemini-parameters": "openai-functions",
    }


@pytest.mark.parametrize("source", ["github-mcp-server", "livemcpbench"])
def test_every_tool_of_real_mcp_servers_is_read_and_written_back(source: str) -> None:
    form = FORMS["mcp"]
    if source == "livemcpbench":
        servers = json.loads(corpus("toolschema", source, "tools.json").read_text())
        raws = [t for s in servers for one in s["tools"].values() for t in one["tools"]]
        found = definitions(servers, ALL)
    else:
        folder = corpus("toolschema", source, "pkg", "github", "__toolsnaps__")
        raws = [json.loads(file.read_text()) for file in sorted(folder.glob("*.snap"))]
        found = definitions(raws, ALL)
    assert [one.name for one in found] == [raw["name"] for raw in raws]
    assert {one.form for one in found} == {"mcp"}
    for read, raw in zip(found, raws, strict=True):
        assert json.dumps(rewritten(form, read, raw)) == json.dumps(raw)
