"""A CrewAI agent's `kickoff` with its native OpenAI client, history by the result's `messages`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crewai import LLM, Agent
from crewai.tools import tool
from job import API_KEY, MODEL
from script import RESULT

if TYPE_CHECKING:
    from job import Job


@tool("get_weather")
def get_weather(city: str) -> str:
    """Get the weather of a city."""
    del city
    return RESULT


def converse(job: Job) -> list[str]:
    """Hold the conversation."""
    model = LLM(
        model=f"openai/{MODEL}",
        provider="openai",
        base_url=job.url,
        api_key=API_KEY,
        stream=job.streamed,
    )
    agent = Agent(role="helper", goal="help", backstory="You help.", llm=model, tools=[get_weather])
    history: list[Any] = []
    answers = []
    for question in job.questions:
        result = agent.kickoff([*history, {"role": "user", "content": question}])
        history = result.messages
        answers.append(result.raw)
    return answers
