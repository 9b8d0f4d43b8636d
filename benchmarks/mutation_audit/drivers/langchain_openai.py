"""LangChain's `create_agent` with `ChatOpenAI`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
from job import API_KEY, MODEL
from langchain_openai import ChatOpenAI

from drivers._langchain import talk

if TYPE_CHECKING:
    from job import Job


def converse(job: Job) -> list[str]:
    """Hold the conversation."""
    model = ChatOpenAI(
        model=MODEL,
        base_url=job.url,
        api_key=API_KEY,
        http_client=job.client(httpx2),
        http_async_client=job.async_client(httpx2),
    )
    return talk(model, job)
