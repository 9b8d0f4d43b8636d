"""The OpenAI Agents SDK with its chat completions model, history by `to_input_list()`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
from agents import Agent, OpenAIChatCompletionsModel, Runner, function_tool
from job import API_KEY, MODEL
from openai import AsyncOpenAI
from script import RESULT

if TYPE_CHECKING:
    from job import Job


@function_tool
def get_weather(city: str) -> str:
    """Get the weather of a city."""
    del city
    return RESULT


async def converse(job: Job) -> list[str]:
    """Hold the conversation."""
    client = AsyncOpenAI(base_url=job.url, api_key=API_KEY, http_client=job.async_client(httpx2))
    model = OpenAIChatCompletionsModel(MODEL, client)
    agent = Agent(name="helper", model=model, tools=[get_weather])
    history: list = []
    answers = []
    for question in job.questions:
        given = [*history, {"role": "user", "content": question}]
        if job.streamed:
            result = Runner.run_streamed(agent, given)
            async for _ in result.stream_events():
                pass
        else:
            result = await Runner.run(agent, given)
        history = result.to_input_list()
        answers.append(result.final_output)
    return answers
