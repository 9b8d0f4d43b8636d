"""Reading definitions out of any JSON: where they stand, in which order, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealegs.errors import SchemaError, SchemaLimitError
from sealegs.schema.definition import ToolDefinition
from sealegs.schema.limits import Limits
from sealegs.schema.reading import Found, LeftOut, definitions, read
from sealegs_plugins.forms import ALL

SCHEMA = {"type": "object", "properties": {"q": {"type": "string"}}}


def mcp(name: str) -> dict[str, Any]:
    return {"name": name, "inputSchema": SCHEMA}


def chat(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": SCHEMA}}


PLACES: dict[str, tuple[Any, list[str]]] = {
    "one definition": (mcp("a"), [""]),
    "a list": ([mcp("a"), chat("b"), mcp("a")], ["/0", "/1", "/2"]),
    "lists in a list": ([[mcp("a")], [mcp("b")]], ["/0/0", "/1/0"]),
    "an MCP result": ({"tools": [mcp("a"), mcp("b")], "nextCursor": "x"}, ["/tools/0", "/tools/1"]),
    "an MCP reply": (
        {"jsonrpc": "2.0", "id": 1, "result": {"tools": [mcp("a")]}},
        ["/result/tools/0"],
    ),
    "a chat request": (
        {"model": "m", "messages": [], "tools": [chat("a")], "tool_choice": "auto"},
        ["/tools/0"],
    ),
    "a legacy request": (
        {"messages": [], "functions": [{"name": "a", "parameters": SCHEMA}, {"name": "b"}]},
        ["/functions/0", "/functions/1"],
    ),
    "a Converse request": (
        {"messages": [], "toolConfig": {"tools": [{"toolSpec": {"name": "a"}}], "toolChoice": {}}},
        ["/toolConfig/tools/0"],
    ),
    "a Gemini request": (
        {
            "contents": [],
            "tools": [{"functionDeclarations": [{"name": "a"}, {"name": "b"}]}],
            "toolConfig": {"functionCallingConfig": {"mode": "ANY"}},
        },
        ["/tools/0/functionDeclarations/0", "/tools/0/functionDeclarations/1"],
    ),
    "a Gemini tool": ({"function_declarations": [{"name": "a"}]}, ["/function_declarations/0"]),
    "an entry of a data set": (
        {"id": "simple_0", "question": [], "function": [{"name": "a.b", "parameters": SCHEMA}]},
        ["/function/0"],
    ),
    "servers by name": (
        {"servers": {"git/hub": {"tools": [mcp("a")]}, "fs": {"tools": [mcp("b")]}}},
        ["/servers/git~1hub/tools/0", "/servers/fs/tools/0"],
    ),
    "a list of servers": (
        [
            {
                "name": "x",
                "description": "y",
                "tools": {"git": {"version": "1", "tools": [mcp("a")]}},
            }
        ],
        ["/0/tools/git/tools/0"],
    ),
    "a bare schema": ({"title": "A", "description": "d", **SCHEMA}, [""]),
    "no tools at all": ({"tools": [], "messages": []}, []),
    "tools that are null": ({"tools": None, "messages": []}, []),
}


@pytest.mark.parametrize("what", PLACES)
def test_definitions_are_found_in_order_with_their_places(what: str) -> None:
    value, pointers = PLACES[what]
    reading = read(value, ALL)
    assert [one.pointer for one in reading.found] == pointers
    assert reading.left_out == ()
    assert definitions(value, ALL) == tuple(one.definition for one in reading.found)


def test_forms_may_be_mixed_and_equal_names_are_kept() -> None:
    value = [
        mcp("a"),
        chat("a"),
        {"name": "a", "input_schema": SCHEMA},
        {"type": "function", "name": "a", "parameters": SCHEMA},
        {"toolSpec": {"name": "a", "inputSchema": {"json": SCHEMA}}},
        {"functionDeclarations": [{"name": "a", "parametersJsonSchema": SCHEMA}]},
    ]
    forms = "mcp openai-chat anthropic openai-responses bedrock-converse gemini-json-schema"
    assert definitions(value, ALL) == tuple(
        ToolDefinition("a", "", SCHEMA, form) for form in forms.split()
    )


def test_the_order_of_the_forms_given_does_not_matter() -> None:
    value = [chat("a"), mcp("b"), {"name": "c", "parameters": SCHEMA}, {"name": "d"}]
    assert definitions(value, ALL) == definitions(value, reversed(ALL))


def test_a_property_that_is_named_like_a_member_of_a_form_is_a_property() -> None:
    schema = {
        "type": "object",
        "properties": {"tools": {"type": "array"}, "function": {"type": "object"}, "name": {}},
    }
    raw = {"name": "a", "inputSchema": schema, "tools": []}
    assert read(raw, ALL).found == (
        Found("", ToolDefinition("a", "", schema, "mcp", None, {"tools": []}), raw),
    )


def test_tools_that_the_provider_runs_are_left_out_and_told() -> None:
    tools = [
        {"type": "web_search_20250305", "name": "web_search"},
        chat("a"),
        {"type": "custom", "name": "sql", "format": {"type": "text"}},
        {"googleSearch": {}},
        {"cachePoint": {"type": "default"}},
        {"type": "openrouter:web_search", "parameters": {"max_uses": 1}},
    ]
    reading = read({"tools": tools}, ALL)
    assert [one.pointer for one in reading.found] == ["/tools/1"]
    assert reading.left_out == (
        LeftOut("/tools/0", "web_search_20250305"),
        LeftOut("/tools/2", "custom"),
        LeftOut("/tools/3", "googleSearch"),
        LeftOut("/tools/4", "cachePoint"),
        LeftOut("/tools/5", "openrouter:web_search"),
    )


KNOWN = (
    "bedrock-converse, openai-chat, anthropic, mcp, openai-responses, openai-functions, "
    "gemini-json-schema, gemini-parameters, cohere, mistral, ollama, json-schema"
)


@pytest.mark.parametrize(
    ("value", "pointer", "members"),
    [
        ({}, "", "no members"),
        ({"model": "m", "messages": []}, "", "'model', 'messages'"),
        ([mcp("a"), {"nam": "b", "inputSchema": SCHEMA}], "/1", "'nam', 'inputSchema'"),
        ({"tools": [{"type": "custom", "input_schema": {}}]}, "/tools/0", "'type', 'input_schema'"),
        ([{"weather": {"description": "d", "parameters": {}}}], "/0", "'weather'"),
        ({"tools": {"a": {"description": "d", "parameters": {}}}}, "/tools/a", "'description', "),
        ({"type": "function", "function": {"nam": 1}}, "/function", "'nam'"),
        ({"tools": "x"}, "", "'tools'"),
        ({str(n): n for n in range(9)}, "", "'0', '1', '2', '3', '4', '5', '6', '7', …"),
    ],
)
def test_what_is_no_definition_is_refused_with_its_place_and_what_was_expected(
    value: Any, pointer: str, members: str
) -> None:
    with pytest.raises(SchemaError) as caught:
        definitions(value, ALL)
    assert caught.value.pointer == pointer
    assert caught.value.reason.startswith(f"no tool definition: it has {members}")
    assert '{"name": …, "description": …, "inputSchema": {…}}' in caught.value.reason
    assert caught.value.reason.endswith(f"known forms are {KNOWN}")


@pytest.mark.parametrize(
    ("value", "pointer", "what"),
    [
        (None, "", "nothing"),
        ("text", "", "a text"),
        ([mcp("a"), 3], "/1", "a single value"),
        ({"tools": [[None]]}, "/tools/0/0", "nothing"),
    ],
)
def test_what_is_no_object_is_refused(value: Any, pointer: str, what: str) -> None:
    with pytest.raises(SchemaError) as caught:
        definitions(value, ALL)
    assert (caught.value.pointer, caught.value.reason) == (
        pointer,
        f"no tool definition, but {what}",
    )


def test_tools_nested_without_end_are_refused_in_bounded_work() -> None:
    value: Any = mcp("a")
    for _ in range(100_000):
        value = [value]
    with pytest.raises(SchemaLimitError, match="deeper than 20 levels"):
        definitions(value, ALL, limits=Limits(depth=20))


def test_a_deep_schema_is_not_looked_into() -> None:
    schema: dict[str, Any] = {}
    for _ in range(100_000):
        schema = {"not": schema}
    assert definitions({"name": "a", "inputSchema": schema}, ALL)[0].parameters is schema


KEYS = (
    "type name title description function functions tools toolSpec inputSchema input_schema json "
    "parameters parametersJsonSchema functionDeclarations servers result toolConfig properties x"
)
SCALARS = st.none() | st.booleans() | st.integers() | st.sampled_from(["function", "custom", "x"])
ANY = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS.split()), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(ANY)
def test_any_json_is_read_or_refused_and_each_place_holds_what_was_read(value: Any) -> None:
    try:
        reading = read(value, ALL)
    except SchemaError:
        return
    for one in reading.found:
        at = value
        for key in one.pointer.split("/")[1:]:
            at = at[int(key)] if isinstance(at, list) else at[key]
        assert at is one.raw
        assert any(form.read(one.raw) == one.definition for form in ALL)


@given(ANY)
def test_no_form_stumbles_over_any_json(value: Any) -> None:
    for form in ALL:
        for path, raw in form.slots(value):
            at = value
            for key in path:
                at = at[key]
            assert at is raw
            read_back = form.read(raw)
            assert read_back is not None
            own = next(one for one in ALL if one.name == read_back.form)
            written = own.write(
                name=read_back.name,
                description=read_back.description,
                parameters=read_back.parameters,
                strict=read_back.strict,
                base=raw,
            )
            assert own.read(written) == read_back
