"""A Haystack agent with `OpenAIChatGenerator`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
from haystack.components.agents import Agent
from haystack.components.generators.chat import OpenAIChatGenerator
from haystack.dataclasses import ChatMessage
from haystack.tools import tool
from haystack.utils import Secret
from job import API_KEY, MODEL
from script import RESULT

if TYPE_CHECKING:
    from job import Job


@tool
def get_weather(city: str) -> str:
    """Get the weather of a city."""
    del city
    return RESULT


def _ignore(_chunk: Any) -> None:
    pass


def _tapped(job: Job) -> dict[str, Any] | None:
    if not job.tapped:
        return None
    from sealegs_adapters import http

    return {"transport": http.transport(httpx.HTTPTransport(), pipeline=job.pipeline())}


def converse(job: Job) -> list[str]:
    """Hold the conversation."""
    generator = OpenAIChatGenerator(
        model=MODEL,
        api_base_url=job.url,
        api_key=Secret.from_token(API_KEY),
        http_client_kwargs=_tapped(job),
        streaming_callback=_ignore if job.streamed else None,
    )
    agent = Agent(chat_generator=generator, tools=[get_weather])
    history: list[ChatMessage] = []
    answers = []
    for question in job.questions:
        result = agent.run(messages=[*history, ChatMessage.from_user(question)])
        history = result["messages"]
        answers.append(history[-1].text or "")
    return answers
