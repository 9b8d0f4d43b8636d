"""A hand-written loop over `litellm.completion` that passes its message objects back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import litellm
from job import API_KEY, MODEL
from openai import OpenAI
from script import RESULT, TOOL

if TYPE_CHECKING:
    from job import Job

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": TOOL,
            "description": "Get the weather of a city.",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}},
                "required": ["city"],
            },
        },
    }
]


def _complete(job: Job, client: Any, messages: list[Any]) -> Any:
    reply = litellm.completion(
        model=f"openai/{MODEL}",
        messages=messages,
        tools=TOOLS,
        base_url=job.url,
        api_key=API_KEY,
        client=client,
        stream=job.streamed,
    )
    if job.streamed:
        reply = litellm.stream_chunk_builder(list(reply), messages=messages)
    return reply.choices[0].message


def converse(job: Job) -> list[str]:
    """Hold the conversation."""
    tapped = job.client(httpx)
    client = OpenAI(base_url=job.url, api_key=API_KEY, http_client=tapped) if tapped else None
    messages: list[Any] = []
    answers = []
    for question in job.questions:
        messages.append({"role": "user", "content": question})
        while (message := _complete(job, client, messages)).tool_calls:
            messages.append(message)
            messages.extend(
                {"role": "tool", "tool_call_id": call.id, "content": RESULT}
                for call in message.tool_calls
            )
        messages.append(message)
        answers.append(message.content)
    return answers
