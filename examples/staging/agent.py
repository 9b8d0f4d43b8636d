"""A small agent: books a room with two tools, by a loop on the openai client."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from openai import OpenAI, OpenAIError

import sealegs

ROOMS = {"Oslo": 120, "Rome": 80, "Lima": 65}
BOOKED: list[tuple[str, int]] = []


@sealegs.tool
def price(city: str) -> str:
    """Look up what a room costs a night."""
    return json.dumps({"city": city, "price": ROOMS[city]})


@sealegs.tool
def book(city: str, nights: int) -> str:
    """Book a room."""
    BOOKED.append((city, nights))
    return json.dumps({"booked": city, "nights": nights})


def _tool(name: str, about: str, properties: dict[str, Any]) -> Any:
    parameters = {"type": "object", "properties": properties, "required": [*properties]}
    return {
        "type": "function",
        "function": {"name": name, "description": about, "parameters": parameters},
    }


CITY = {"type": "string", "description": "The city."}
NIGHTS = {"type": "integer", "description": "How many nights."}
TOOLS: list[Any] = [
    _tool("price", "Look up what a room costs a night.", {"city": CITY}),
    _tool("book", "Book a room.", {"city": CITY, "nights": NIGHTS}),
]
RUN: Mapping[str, Any] = {"price": price, "book": book}


def run(client: OpenAI, ask: str) -> str:
    """Answer one question; a tool that fails is reported to the model, which may try again."""
    messages: list[Any] = [
        {"role": "system", "content": "You book rooms. Look up the price before you book."},
        {"role": "user", "content": ask},
    ]
    for _ in range(12):
        reply = client.chat.completions.create(model="m", messages=messages, tools=TOOLS)
        message = reply.choices[0].message
        calls = [call.model_dump() for call in message.tool_calls or ()]
        said = {"role": "assistant", "content": message.content}
        messages.append({**said, "tool_calls": calls} if calls else said)
        if not calls:
            return message.content or ""
        messages += [
            {"role": "tool", "tool_call_id": call["id"], "content": _result(call["function"])}
            for call in calls
        ]
    raise OpenAIError("the agent went round in circles")


def _result(function: Mapping[str, str]) -> str:
    try:
        result: str = RUN[function["name"]](**json.loads(function["arguments"]))
    except Exception as error:  # what a model should read rather than a user
        return f"error: {error}"
    return result
