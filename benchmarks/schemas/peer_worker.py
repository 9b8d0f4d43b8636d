"""Runs in a peer's environment: schemas come as JSON lines, converted ones go back likewise.

A line in is ``{"schema": …}``; a line out ``{"schema": …, "again": …, "strict": …}`` (again: its
own output given to it once more, null where that raises) or ``{"error": …}``. Where a line in is
``{"schemas": […]}``, a line out has the nanoseconds that converting them all took. Every line is
parsed anew, so that a converter may change what it is given.
"""

from __future__ import annotations

import json
import logging
import signal
import sys
import time
import warnings
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

_PATIENCE = 20  # seconds for one schema


def _openai() -> Callable[[Any], Any]:
    from openai.lib._pydantic import _ensure_strict_json_schema

    return lambda schema: _ensure_strict_json_schema(schema, path=(), root=schema)


def _agents() -> Callable[[Any], Any]:
    from agents.strict_schema import ensure_strict_json_schema

    return ensure_strict_json_schema


def _langchain(strict: bool | None) -> Callable[[Any], Any]:
    from langchain_core.tools import StructuredTool
    from langchain_core.utils.function_calling import convert_to_openai_tool

    def convert(schema: Any) -> Any:
        tool = StructuredTool(name="t", description="d", args_schema=schema, func=print)
        return convert_to_openai_tool(tool, strict=strict)["function"]["parameters"]

    return convert


def _langchain_google() -> Callable[[Any], Any]:
    from langchain_google_genai._function_utils import convert_to_genai_function_declarations

    def convert(schema: Any) -> Any:
        tool = {"name": "t", "description": "d", "parameters": schema}
        (one,) = convert_to_genai_function_declarations([tool])
        return _dumped(one.function_declarations[0].parameters)

    return convert


def _pydantic_ai(strict: bool | None) -> Callable[[Any], Any]:
    from pydantic_ai.profiles import openai

    transformer = openai._OpenAIJsonSchemaTransformer  # what its OpenAI provider selects

    def convert(schema: Any) -> Any:
        one = transformer(schema, strict=strict)
        walked = one.walk()
        return walked, True if strict else one.is_strict_compatible

    return convert


def _pydantic_ai_google() -> Callable[[Any], Any]:
    from pydantic_ai.profiles.google import GoogleJsonSchemaTransformer

    return lambda schema: GoogleJsonSchemaTransformer(schema, strict=None).walk()


def _adk() -> Callable[[Any], Any]:
    from google.adk.tools._gemini_schema_util import _to_gemini_schema

    return lambda schema: _dumped(_to_gemini_schema(schema))


def _genai() -> Callable[[Any], Any]:
    from google.genai._mcp_utils import mcp_to_gemini_tool

    def convert(schema: Any) -> Any:
        tool = SimpleNamespace(name="t", description="d", inputSchema=schema, input_schema=schema)
        return _dumped(mcp_to_gemini_tool(tool).function_declarations[0].parameters)

    return convert


def _litellm_vertex() -> Callable[[Any], Any]:
    from litellm.llms.vertex_ai.gemini.vertex_and_google_ai_studio_gemini import VertexGeminiConfig

    def convert(schema: Any) -> Any:
        (tools,) = VertexGeminiConfig()._map_function([_tool(schema)], {})
        return tools["function_declarations"][0]["parameters"]

    return convert


def _litellm_bedrock() -> Callable[[Any], Any]:
    from litellm.litellm_core_utils.prompt_templates.factory import _bedrock_tools_pt

    return lambda schema: _bedrock_tools_pt([_tool(schema)])[0]["toolSpec"]["inputSchema"]["json"]


def _litellm_anthropic() -> Callable[[Any], Any]:
    from litellm.llms.anthropic.chat.transformation import AnthropicConfig

    return lambda schema: AnthropicConfig()._map_tool_helper(_tool(schema))[0]["input_schema"]


def _anthropic() -> Callable[[Any], Any]:
    from anthropic import transform_schema

    return transform_schema


def _tool(schema: Any) -> dict[str, Any]:
    function = {"name": "t", "description": "d", "parameters": schema}
    return {"type": "function", "function": function}


def _dumped(model: Any) -> Any:
    return (
        None if model is None else model.model_dump(exclude_none=True, by_alias=True, mode="json")
    )


CONVERTERS: dict[str, Callable[[], Callable[[Any], Any]]] = {
    "openai strict": _openai,
    "openai-agents strict": _agents,
    "langchain-core": lambda: _langchain(None),
    "langchain-core strict": lambda: _langchain(True),
    "pydantic-ai strict": lambda: _pydantic_ai(True),
    "pydantic-ai auto": lambda: _pydantic_ai(None),
    "pydantic-ai google": _pydantic_ai_google,
    "langchain-google-genai": _langchain_google,
    "google-adk": _adk,
    "google-genai": _genai,
    "litellm vertex": _litellm_vertex,
    "litellm bedrock": _litellm_bedrock,
    "litellm anthropic": _litellm_anthropic,
    "anthropic transform": _anthropic,
}


def _alarm(_signal: int, _frame: FrameType | None) -> None:
    raise TimeoutError(f"more than {_PATIENCE} s")


def _answer(convert: Callable[[Any], Any], schema: Any) -> dict[str, Any]:
    signal.alarm(_PATIENCE)
    try:
        made, strict = _told(convert(schema))
        try:
            again, _ = _told(convert(json.loads(json.dumps(made))))
        except Exception:
            again = None
        return {"schema": made, "again": again, "strict": strict}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"[:200]}
    finally:
        signal.alarm(0)


def _told(made: Any) -> tuple[Any, bool | None]:
    made, strict = made if isinstance(made, tuple) else (made, None)
    return json.loads(json.dumps(made)), strict  # as it would travel, shared parts written out


def _timed(convert: Callable[[Any], Any], schemas: list[Any]) -> dict[str, Any]:
    signal.alarm(_PATIENCE)
    began = time.process_time_ns()
    try:
        for schema in schemas:
            convert(schema)
    except Exception as error:
        spent = time.process_time_ns() - began
        return {"error": f"{type(error).__name__}: {error}"[:120], "nanoseconds": spent}
    finally:
        signal.alarm(0)
    return {"nanoseconds": time.process_time_ns() - began}


def main() -> None:
    warnings.simplefilter("ignore")
    logging.disable()
    out, sys.stdout = sys.stdout, sys.stderr  # some of them print
    signal.signal(signal.SIGALRM, _alarm)
    convert = CONVERTERS[sys.argv[1]]()
    for line in sys.stdin:
        asked = json.loads(line)
        timed = "schemas" in asked
        answer = _timed(convert, asked["schemas"]) if timed else _answer(convert, asked["schema"])
        print(json.dumps(answer), file=out, flush=True)


if __name__ == "__main__":
    main()
