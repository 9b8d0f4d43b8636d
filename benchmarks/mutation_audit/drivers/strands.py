"""A Strands agent with `OpenAIModel`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
from job import API_KEY, MODEL, NotOfferedError
from openai import AsyncOpenAI
from script import RESULT
from strands import Agent, tool
from strands.models.openai import OpenAIModel

if TYPE_CHECKING:
    from job import Job


@tool
def get_weather(city: str) -> str:
    """Get the weather of a city."""
    del city
    return RESULT


async def converse(job: Job) -> list[str]:
    """Hold the conversation."""
    if not job.streamed:
        raise NotOfferedError("always streams")
    place = {"base_url": job.url, "api_key": API_KEY}
    tapped = job.async_client(httpx)
    if tapped:
        model = OpenAIModel(client=AsyncOpenAI(**place, http_client=tapped), model_id=MODEL)
    else:
        model = OpenAIModel(client_args=place, model_id=MODEL)
    agent = Agent(model=model, tools=[get_weather], callback_handler=None)
    return [str(await agent.invoke_async(question)) for question in job.questions]
