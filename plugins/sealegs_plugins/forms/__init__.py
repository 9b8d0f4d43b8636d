"""Forms in which tool definitions come and go: a file for each family of them.

A definition of unknown form is read by the first that takes it: what has an envelope of its own
(OpenAI's ``function``, Bedrock's ``toolSpec``), then what has a type or a member for its schema as
nobody else (Responses, Anthropic, MCP), then bare functions, Gemini's, then bare schemas.
"""

from __future__ import annotations

from sealegs.schema.forms import ToolForm
from sealegs.specs import hookimpl

from .anthropic import ANTHROPIC
from .bedrock import CONVERSE
from .compatible import COHERE, MISTRAL, OLLAMA
from .gemini import JSON_SCHEMA, PARAMETERS
from .json_schema import BARE
from .mcp import MCP
from .openai import CHAT, FUNCTIONS, RESPONSES

__all__ = ["ALL", "tool_forms"]

ALL: tuple[ToolForm, ...] = (
    CHAT,
    CONVERSE,
    RESPONSES,
    ANTHROPIC,
    MCP,
    FUNCTIONS,
    JSON_SCHEMA,
    PARAMETERS,
    MISTRAL,
    COHERE,
    OLLAMA,
    BARE,
)


@hookimpl
def tool_forms() -> tuple[ToolForm, ...]:
    """Contribute the forms."""
    return ALL
