"""Tools by hand: what code without a pipeline calls."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from sealegs import tools
from sealegs.errors import SchemaError
from sealegs.schema.choice import UnknownDialectError
from sealegs.schema.definition import ToolDefinition
from web import installed

CATALOG = installed()

MCP: Any = {
    "name": "files.read",
    "description": "Read a file.",
    "inputSchema": {
        "type": "object",
        "properties": {
            "path": {"type": "string"},
            "limit": {"type": "integer", "minimum": 1},
            "environment": {"type": "object", "additionalProperties": {"type": "string"}},
        },
        "required": ["path"],
        "additionalProperties": False,
    },
}


def search(query: str, depth: Literal["shallow", "deep"] = "shallow") -> str:
    """Search the archive."""
    return query + depth


class Point(BaseModel):
    """A place."""

    x: int
    y: int


def test_a_tool_of_any_kind_becomes_a_definition_for_the_provider() -> None:
    ready = ToolDefinition("ping")
    kit = tools.convert([MCP, search, Point, ready], to="openai-chat", catalog=CATALOG)
    assert [one["function"]["name"] for one in kit.tools] == [
        "files_read_qri24mnh",
        "search",
        "Point",
        "ping",
    ]
    assert [report.level for report in kit.reports] == ["lossless"] * 4
    assert kit.tools[0]["function"]["parameters"] == MCP["inputSchema"]


def test_a_single_tool_and_a_whole_request_are_taken_too() -> None:
    one = tools.convert(search, to="anthropic", catalog=CATALOG)
    assert [tool["name"] for tool in one.tools] == ["search"]
    request = {"model": "m", "messages": [], "tools": one.tools}
    assert tools.convert(request, to="anthropic", catalog=CATALOG).tools == one.tools


def test_a_call_in_strict_mode_comes_back_as_the_tools_own_schema_promised() -> None:
    kit = tools.convert(MCP, to="openai-chat-strict", catalog=CATALOG)
    own = {"path": "a", "environment": {"HOME": "/"}}
    name, seen = kit.sent("files.read", own)
    assert (name, kit.tools[0]["function"]["strict"]) == ("files_read_qri24mnh", True)
    assert seen == {"path": "a", "limit": None, "environment": [{"key": "HOME", "value": "/"}]}
    call = kit.received(name, json.dumps(seen))
    assert (call.name, call.arguments, call.ok, call.complaint) == ("files.read", own, True, "")


def test_a_call_that_breaks_the_schema_is_refused_with_words_for_the_model() -> None:
    kit = tools.convert(MCP, to="anthropic", catalog=CATALOG)
    call = kit.received("files_read_qri24mnh", '{"path": "a", "limit": 0}')
    assert (call.ok, call.arguments) == (False, None)
    assert "/limit" in call.complaint


def test_a_call_that_was_cut_off_does_not_run() -> None:
    kit = tools.convert(MCP, to="anthropic", catalog=CATALOG)
    call = kit.received("files_read_qri24mnh", '{"path": "a", "limit": 1')
    assert (call.ok, call.arguments, call.repairs[-1].repair) == (False, None, "truncated")


def test_an_unknown_tool_is_a_key_error() -> None:
    kit = tools.convert(MCP, to="anthropic", catalog=CATALOG)
    with pytest.raises(KeyError):
        kit.received("somebody_elses", "{}")


def test_an_unknown_dialect_is_named_with_the_nearest() -> None:
    with pytest.raises(UnknownDialectError, match="did you mean 'anthropic'"):
        tools.convert(MCP, to="antropic", catalog=CATALOG)


def test_what_is_no_definition_is_named_with_its_place() -> None:
    with pytest.raises(SchemaError):
        tools.convert([{"colour": "blue"}], to="anthropic", catalog=CATALOG)
