"""LangChain's `create_agent` with `ChatOpenRouter`, given a client of OpenRouter's SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
from job import API_KEY, MODEL
from langchain_openrouter import ChatOpenRouter
from openrouter import OpenRouter

from drivers._langchain import talk

if TYPE_CHECKING:
    from job import Job


def converse(job: Job) -> list[str]:
    """Hold the conversation."""
    tapped = job.client(httpx)
    sdk = OpenRouter(api_key=API_KEY, server_url=job.url, client=tapped) if tapped else None
    model = ChatOpenRouter(model=MODEL, base_url=job.url, api_key=API_KEY, client=sdk)
    return talk(model, job)
