"""Microsoft's Agent Framework with its chat completions client."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
from agent_framework import Agent, tool
from agent_framework.openai import OpenAIChatCompletionClient
from job import API_KEY, MODEL
from openai import AsyncOpenAI
from script import RESULT

if TYPE_CHECKING:
    from job import Job


@tool(approval_mode="never_require")
def get_weather(city: str) -> str:
    """Get the weather of a city."""
    del city
    return RESULT


async def converse(job: Job) -> list[str]:
    """Hold the conversation."""
    client = AsyncOpenAI(base_url=job.url, api_key=API_KEY, http_client=job.async_client(httpx2))
    model = OpenAIChatCompletionClient(model=MODEL, async_client=client)
    agent = Agent(client=model, name="helper", tools=[get_weather])
    session = agent.create_session()
    answers = []
    for question in job.questions:
        if job.streamed:
            stream = agent.run(question, session=session, stream=True)
            answers.append("".join([update.text or "" async for update in stream]))
        else:
            answers.append((await agent.run(question, session=session)).text)
    return answers
