"""Clients of either colour, driven the same way, and providers' own hosts on a loopback server."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from typing import Any

import httpx
import httpx2

from loopback import Loopback
from web import Bench


class Driven:
    """A client that is driven the same way whether it is async or not."""

    def __init__(self, client: Any, *, asynchronous: bool) -> None:
        self.client, self.asynchronous = client, asynchronous
        self.runner = asyncio.Runner()

    def __enter__(self) -> Driven:
        return self

    def __exit__(self, *how: Any) -> None:
        self.do(self.client.close)
        self.runner.close()

    def do(self, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        """Call a method of the client."""
        if not self.asynchronous:
            return function(*arguments, **named)

        async def main() -> Any:
            return await function(*arguments, **named)

        return self.runner.run(main(), context=contextvars.copy_context())

    def items(self, stream: Any) -> list[Any]:
        """Take all of a stream."""
        if not self.asynchronous:
            return list(stream)

        async def main() -> list[Any]:
            return [item async for item in stream]

        return self.runner.run(main(), context=contextvars.copy_context())

    def helper(self, manager: Any, last: str) -> tuple[list[Any], Any]:
        """Take all events of a helper's stream, and what its last method gives."""
        if not self.asynchronous:
            with manager as stream:
                return list(stream), getattr(stream, last)()

        async def main() -> tuple[list[Any], Any]:
            async with manager as stream:
                events = [event async for event in stream]
                return events, await getattr(stream, last)()

        return self.runner.run(main(), context=contextvars.copy_context())


def openai_driven(
    colour: str, server: Loopback, bench: Bench | None, host: str = "", **more: Any
) -> Driven:
    """Make a client of OpenAI's; one for a host of its own reaches the server as its proxy."""
    import openai

    from sealegs_adapters import openai_client

    asynchronous = colour == "async"
    given: dict[str, Any] = {"api_key": "sk-secret", "max_retries": 0, **more}
    given.setdefault("base_url", (host or server.url) + "/v1")
    http = openai.DefaultAsyncHttpxClient if asynchronous else openai.DefaultHttpxClient
    given["http_client"] = http(**_way(server, host))
    client = (openai.AsyncOpenAI if asynchronous else openai.OpenAI)(**given)
    if bench is not None:
        openai_client.enable(client, pipeline=bench.pipeline)
    return Driven(client, asynchronous=asynchronous)


def _way(server: Loopback, host: str) -> dict[str, Any]:
    """Give an HTTP client's arguments. Nothing is encrypted here, and certificates cost."""
    return {"verify": False, "trust_env": False, "proxy": server.url if host else None}


def anthropic_driven(
    colour: str, server: Loopback, bench: Bench | None, host: str = "", **more: Any
) -> Driven:
    """Make a client of Anthropic's, in the same way."""
    import anthropic

    from sealegs_adapters import anthropic_client

    asynchronous = colour == "async"
    given: dict[str, Any] = {"api_key": "sk-secret", "max_retries": 0, **more}
    given.setdefault("base_url", host or server.url)
    http = anthropic.DefaultAsyncHttpxClient if asynchronous else anthropic.DefaultHttpxClient
    given["http_client"] = http(**_way(server, host))
    client = (anthropic.AsyncAnthropic if asynchronous else anthropic.Anthropic)(**given)
    if bench is not None:
        anthropic_client.enable(client, pipeline=bench.pipeline)
    return Driven(client, asynchronous=asynchronous)


def proxied(server: Loopback, bench: Bench | None, library: Any = httpx2) -> Any:
    """Make a plain client for which the server is every host there is."""
    from sealegs_adapters import http

    assert library in (httpx, httpx2)
    client = library.Client(**_way(server, "any"))
    return http.wrap(client, pipeline=bench.pipeline) if bench is not None else client
