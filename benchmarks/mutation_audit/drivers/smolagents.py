"""smolagents' `ToolCallingAgent` with `OpenAIModel`; it ends a turn by calling `final_answer`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
from job import API_KEY, MODEL
from script import RESULT
from smolagents import OpenAIModel, ToolCallingAgent, tool

if TYPE_CHECKING:
    from job import Job


@tool
def get_weather(city: str) -> str:
    """Get the weather of a city.

    Args:
        city: The name of the city.
    """
    del city
    return RESULT


def converse(job: Job) -> list[str]:
    """Hold the conversation."""
    client = job.client(httpx2)
    kwargs = {"http_client": client} if client else {}
    model = OpenAIModel(MODEL, api_base=job.url, api_key=API_KEY, client_kwargs=kwargs)
    agent = ToolCallingAgent(
        tools=[get_weather], model=model, stream_outputs=job.streamed, verbosity_level=0
    )
    return [str(agent.run(question, reset=not at)) for at, question in enumerate(job.questions)]
