"""LangChain's tools, read as definitions.

    from sealegs_adapters.langchain_tools import definition

    definition(my_tool)   # a BaseTool: @tool, StructuredTool, a class, a tool of an MCP server

The schema is the one that LangChain shows to models: arguments that it injects are left out.
"""

from __future__ import annotations

import dataclasses
from typing import Any, cast

try:
    from langchain_core.tools import BaseTool
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "sealegs_adapters.langchain_tools needs LangChain: "
        f'pip install "sealegs[langgraph]" ({error})'
    ) from error

from sealegs.jsons import Json, is_object
from sealegs.schema.definition import ToolDefinition
from sealegs.schema.introspection import model_definition

__all__ = ["definition"]


def definition(tool: BaseTool) -> ToolDefinition:
    """Give a tool's definition.

    Args:
        tool: its ``args_schema`` may be a model of pydantic 2 or 1, or a JSON Schema. What it holds
            for single providers (``extras``) becomes the definition's ``extra``.

    Raises:
        SchemaError: one of its types has no JSON Schema.
    """
    extra: dict[str, Json] = dict(getattr(tool, "extras", None) or {})
    return dataclasses.replace(
        _parameters(tool),
        name=tool.name,
        description=tool.description,
        form="langchain",
        extra=extra,
    )


def _parameters(tool: BaseTool) -> ToolDefinition:
    own = cast("type[Any] | dict[str, Json] | None", tool.args_schema)
    if is_object(own):
        told = {key: value for key, value in own.items() if key not in ("title", "description")}
        return ToolDefinition(tool.name, parameters=told)
    shown = cast("type[Any]", tool.tool_call_schema)
    # what LangChain cuts injected arguments from is made anew, and knows nothing of the author's
    # configuration (``extra="forbid"``): without any, the author's own model says more
    if isinstance(own, type) and _fields(own) == _fields(shown):
        return model_definition(own, name=tool.name)
    return model_definition(shown, name=tool.name)


def _fields(model: type[Any]) -> list[str]:
    return list(getattr(model, "model_fields", None) or getattr(model, "__fields__", {}))
