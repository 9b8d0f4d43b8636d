"""LangChain's tools as definitions: real tools, of every kind of ``args_schema``."""

from __future__ import annotations

from typing import Annotated, Any

import pydantic.v1
import pytest
from langchain_core.tools import BaseTool, InjectedToolArg, InjectedToolCallId, StructuredTool, tool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import BaseModel, ConfigDict, Field

from sealegs.schema.definition import ToolDefinition
from sealegs_adapters.langchain_tools import definition


class Forecast(BaseModel):
    """Not the tool's description."""

    model_config = ConfigDict(extra="forbid")

    city: str = Field(description="its name")
    days: int = Field(3, ge=1, le=7)


class Old(pydantic.v1.BaseModel):
    city: str


class Secret(BaseModel):
    query: str
    user: Annotated[str, InjectedToolArg]


SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "title": "Arguments",
    "type": "object",
    "properties": {"path": {"type": "string", "default": "."}},
    "required": [],
}


def run(**arguments: Any) -> str:
    return str(arguments)


async def arun(**arguments: Any) -> str:
    return str(arguments)


def made(schema: Any, **more: Any) -> BaseTool:
    return StructuredTool.from_function(
        run, name="forecast", description="Tell the weather.", args_schema=schema, **more
    )


def test_a_decorated_function_gives_what_langchain_reads_in_it() -> None:
    @tool(parse_docstring=True)
    def add(a: int, b: float = 2.0, *, call: Annotated[str, InjectedToolCallId]) -> float:
        """Add.

        Args:
            a: the first
            b: the second
            call: never told
        """
        return a + b

    assert definition(add) == ToolDefinition(
        "add",
        "Add.",
        {
            "type": "object",
            "properties": {
                "a": {"description": "the first", "title": "A", "type": "integer"},
                "b": {
                    "default": 2.0,
                    "description": "the second",
                    "title": "B",
                    "type": "number",
                },
            },
            "required": ["a"],
        },
        form="langchain",
    )


def test_a_model_keeps_what_its_author_configured() -> None:
    assert definition(made(Forecast)) == ToolDefinition(
        "forecast",
        "Tell the weather.",
        {
            "additionalProperties": False,
            "properties": {
                "city": {"description": "its name", "title": "City", "type": "string"},
                "days": {
                    "default": 3,
                    "maximum": 7,
                    "minimum": 1,
                    "title": "Days",
                    "type": "integer",
                },
            },
            "required": ["city"],
            "type": "object",
        },
        form="langchain",
    )


def test_a_model_of_pydantic_1_is_read_too() -> None:
    found = definition(made(Old))
    assert (found.name, found.description) == ("forecast", "Tell the weather.")
    assert found.parameters == {
        "type": "object",
        "properties": {"city": {"title": "City", "type": "string"}},
        "required": ["city"],
    }


def test_a_json_schema_stays_as_it_is() -> None:
    found = definition(made(SCHEMA, coroutine=arun))
    assert found == ToolDefinition(
        "forecast",
        "Tell the weather.",
        {key: value for key, value in SCHEMA.items() if key != "title"},
        form="langchain",
    )


def test_injected_arguments_are_left_out() -> None:
    found = definition(made(Secret))
    assert found.parameters["properties"] == {"query": {"title": "Query", "type": "string"}}
    assert found.parameters["required"] == ["query"]


def test_what_is_said_to_single_providers_is_kept() -> None:
    extras = {"cache_control": {"type": "ephemeral"}, "defer_loading": True}
    assert definition(made(Forecast, extras=extras)).extra == extras


def test_a_class_of_its_own_is_read() -> None:
    class Move(BaseTool):
        name: str = "move"
        description: str = "Move it."

        def _run(self, to: str, fast: bool = False) -> str:
            return to

    assert definition(Move()) == ToolDefinition(
        "move",
        "Move it.",
        {
            "type": "object",
            "properties": {
                "to": {"title": "To", "type": "string"},
                "fast": {"default": False, "title": "Fast", "type": "boolean"},
            },
            "required": ["to"],
        },
        form="langchain",
    )


@pytest.mark.parametrize("schema", [Forecast, Old, SCHEMA, Secret])
def test_names_and_properties_are_those_that_langchain_sends(schema: Any) -> None:
    one = made(schema)
    sent = convert_to_openai_tool(one)["function"]
    found = definition(one)
    assert (found.name, found.description) == (sent["name"], sent["description"])
    assert list(found.parameters["properties"]) == list(sent["parameters"]["properties"])


def test_a_tool_is_never_changed() -> None:
    one = made(Forecast)
    before = convert_to_openai_tool(one)
    assert definition(one) == definition(one)
    assert convert_to_openai_tool(one) == before
