"""A loop of tool calls on the bare openai client, which keeps its model's reasoning.

    MODEL=deepseek-reasoner OPENAI_BASE_URL=https://api.deepseek.com OPENAI_API_KEY=... \
        python examples/openai_loop.py "What is the weather in Rome?"

The loop keeps text and tool calls, as most do, and no reasoning: that comes back below it.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from openai import OpenAI

import sealegs
from sealegs_adapters import openai_client

LOOK: Any = {
    "type": "function",
    "function": {
        "name": "look",
        "description": "Look out of the window in a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    },
}


def look(city: str) -> str:
    """Look out of the window in a city."""
    return f"sunny in {city}"


def answer(client: OpenAI, model: str, messages: list[Any]) -> str:
    """Call the model until it calls no more tools."""
    while True:
        reply = client.chat.completions.create(model=model, messages=messages, tools=[LOOK])
        message = reply.choices[0].message
        calls = [call.model_dump() for call in message.tool_calls or ()]
        said = {"role": "assistant", "content": message.content}
        messages.append({**said, "tool_calls": calls} if calls else said)
        if not calls:
            return message.content or ""
        for call in calls:
            result = look(**json.loads(call["function"]["arguments"]))
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": result})


def main(questions: list[str]) -> None:
    """Ask questions in one conversation."""
    model = os.environ.get("MODEL", "deepseek-reasoner")
    messages: list[Any] = []
    with openai_client.enable(OpenAI()) as client, sealegs.session("example"):
        for question in questions:
            messages.append({"role": "user", "content": question})
            print(answer(client, model, messages))


if __name__ == "__main__":
    main(sys.argv[1:] or ["What is the weather in Rome?", "And what should I wear?"])
