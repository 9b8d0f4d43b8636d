"""Agno's `Agent` with `OpenAILike`, history from its in-memory database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
from agno.agent import Agent
from agno.db.in_memory import InMemoryDb
from agno.models.openai.like import OpenAILike
from job import API_KEY, MODEL
from script import RESULT

if TYPE_CHECKING:
    from job import Job


def get_weather(city: str) -> str:
    """Get the weather of a city."""
    del city
    return RESULT


def converse(job: Job) -> list[str]:
    """Hold the conversation."""
    model = OpenAILike(id=MODEL, base_url=job.url, api_key=API_KEY, http_client=job.client(httpx))
    agent = Agent(
        model=model,
        tools=[get_weather],
        db=InMemoryDb(),
        session_id="one",
        add_history_to_context=True,
        num_history_runs=9,
        telemetry=False,
    )
    answers = []
    for question in job.questions:
        if job.streamed:
            parts = [getattr(event, "content", None) for event in agent.run(question, stream=True)]
            answers.append("".join(part for part in parts if isinstance(part, str)))
        else:
            answers.append(agent.run(question).content)
    return answers
