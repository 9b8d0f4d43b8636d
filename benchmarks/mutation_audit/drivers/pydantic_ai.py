"""Pydantic AI with `OpenAIChatModel`; streams go to an event handler."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
from job import API_KEY, MODEL
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider
from script import RESULT

if TYPE_CHECKING:
    from collections.abc import AsyncIterable

    from job import Job


def get_weather(city: str) -> str:
    """Get the weather of a city."""
    del city
    return RESULT


async def _drain(_context: Any, events: AsyncIterable[Any]) -> None:
    async for _ in events:
        pass


async def converse(job: Job) -> list[str]:
    """Hold the conversation."""
    provider = OpenAIProvider(
        base_url=job.url, api_key=API_KEY, http_client=job.async_client(httpx2)
    )
    agent = Agent(OpenAIChatModel(MODEL, provider=provider), tools=[get_weather])
    history: list[Any] = []
    answers = []
    for question in job.questions:
        handler = _drain if job.streamed else None
        result = await agent.run(question, message_history=history, event_stream_handler=handler)
        history = result.all_messages()
        answers.append(result.output)
    return answers
