"""Tools as an MCP server lists them, on the bare openai client, against any provider.

    MODEL=gpt-5-mini OPENAI_API_KEY=... python examples/foreign_tools.py "Where is the harbour?"

Their names hold a dot, which most providers refuse, and one takes a map, which strict mode cannot
hold. Nothing here knows of that: definitions leave in the form that the provider takes, and calls
come back with the tools' own names and arguments.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from openai import OpenAI

from sealegs_adapters import openai_client

LISTED: list[dict[str, Any]] = [
    {
        "name": "chart.find",
        "description": "Find a place on the chart.",
        "inputSchema": {
            "type": "object",
            "properties": {
                "place": {"type": "string"},
                "within": {"type": "integer", "minimum": 1, "description": "Sea miles."},
            },
            "required": ["place"],
            "additionalProperties": False,
        },
    },
    {
        "name": "chart.mark",
        "description": "Write notes on the chart, by place.",
        "inputSchema": {
            "type": "object",
            "properties": {"notes": {"type": "object", "additionalProperties": {"type": "string"}}},
            "required": ["notes"],
            "additionalProperties": False,
        },
    },
]


def find(place: str, within: int = 10) -> str:
    """Find a place on the chart."""
    return f"{place} lies {within} miles to the north"


def mark(notes: Mapping[str, str]) -> str:
    """Write notes on the chart."""
    return "; ".join(f"{place}: {note}" for place, note in notes.items())


TOOLS: Mapping[str, Callable[..., str]] = {"chart.find": find, "chart.mark": mark}


def defined(listed: dict[str, Any]) -> Any:
    """Wrap a definition as the openai client takes it, as every project does; strict if it may."""
    function = {
        "name": listed["name"],
        "description": listed["description"],
        "parameters": listed["inputSchema"],
        "strict": True,
    }
    return {"type": "function", "function": function}


def answer(client: OpenAI, model: str, messages: list[Any]) -> str:
    """Call the model until it calls no more tools."""
    tools = [defined(one) for one in LISTED]
    while True:
        reply = client.chat.completions.create(model=model, messages=messages, tools=tools)
        message = reply.choices[0].message
        messages.append(message.model_dump(exclude_none=True))
        if not message.tool_calls:
            return message.content or ""
        for call in message.tool_calls:
            if call.type == "function":
                result = TOOLS[call.function.name](**json.loads(call.function.arguments))
                messages.append({"role": "tool", "tool_call_id": call.id, "content": result})


def main(question: str) -> None:
    """Ask one question."""
    model = os.environ.get("MODEL", "gpt-5-mini")
    with openai_client.enable(OpenAI()) as client:
        print(answer(client, model, [{"role": "user", "content": question}]))


if __name__ == "__main__":
    main(" ".join(sys.argv[1:]) or "Where is the harbour? Mark it as safe.")
