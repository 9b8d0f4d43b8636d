"""A Google ADK agent with `LiteLlm`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
from google.adk.agents import LlmAgent
from google.adk.agents.run_config import RunConfig, StreamingMode
from google.adk.models.lite_llm import LiteLlm
from google.adk.runners import InMemoryRunner
from google.genai import types
from job import API_KEY, MODEL
from openai import AsyncOpenAI
from script import RESULT

if TYPE_CHECKING:
    from job import Job


def get_weather(city: str) -> dict[str, str]:
    """Get the weather of a city."""
    del city
    return {"weather": RESULT}


async def converse(job: Job) -> list[str]:
    """Hold the conversation."""
    tapped = job.async_client(httpx)
    given = {}
    if tapped:
        client = AsyncOpenAI(base_url=job.url, api_key=API_KEY, http_client=tapped)
        given = {"client": client}
    model = LiteLlm(model=f"openai/{MODEL}", api_base=job.url, api_key=API_KEY, **given)
    agent = LlmAgent(name="helper", model=model, tools=[get_weather])
    runner = InMemoryRunner(agent=agent, app_name="audit")
    await runner.session_service.create_session(app_name="audit", user_id="u", session_id="s")
    mode = StreamingMode.SSE if job.streamed else StreamingMode.NONE
    answers = []
    for question in job.questions:
        answer = ""
        async for event in runner.run_async(
            user_id="u",
            session_id="s",
            new_message=types.UserContent(question),
            run_config=RunConfig(streaming_mode=mode),
        ):
            if event.content and not event.partial:
                parts = event.content.parts or []
                answer = "".join(part.text or "" for part in parts if not part.thought)
        answers.append(answer)
    return answers
