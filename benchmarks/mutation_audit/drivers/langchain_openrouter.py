"""LangChain's `create_agent` with `ChatOpenRouter`, which takes a base URL and no HTTP client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from job import API_KEY, MODEL
from langchain_openrouter import ChatOpenRouter

from drivers._langchain import talk

if TYPE_CHECKING:
    from job import Job


def converse(job: Job) -> list[str]:
    """Hold the conversation."""
    return talk(ChatOpenRouter(model=MODEL, base_url=job.url, api_key=API_KEY), job)
