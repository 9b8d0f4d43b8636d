"""LlamaIndex's `FunctionAgent` with `OpenAILike`, history in a memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
from job import API_KEY, MODEL
from llama_index.core.agent.workflow import FunctionAgent
from llama_index.core.memory import ChatMemoryBuffer
from llama_index.llms.openai_like import OpenAILike
from script import RESULT

if TYPE_CHECKING:
    from job import Job


def get_weather(city: str) -> str:
    """Get the weather of a city."""
    del city
    return RESULT


async def converse(job: Job) -> list[str]:
    """Hold the conversation."""
    model = OpenAILike(
        model=MODEL,
        api_base=job.url,
        api_key=API_KEY,
        is_chat_model=True,
        is_function_calling_model=True,
        http_client=job.client(httpx),
        async_http_client=job.async_client(httpx),
    )
    agent = FunctionAgent(llm=model, tools=[get_weather], streaming=job.streamed)
    memory = ChatMemoryBuffer.from_defaults(llm=model)
    return [str(await agent.run(question, memory=memory)) for question in job.questions]
