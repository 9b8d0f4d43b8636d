"""The official openai client, 2.x and 3.x, sync and async, against any compatible server.

from openai import OpenAI
from sealegs_adapters import openai_client

client = openai_client.enable(OpenAI())
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from sealegs_adapters._holders import hold, release
from sealegs_adapters._tapping import Tapping

if TYPE_CHECKING:
    from sealegs import Pipeline

__all__ = ["disable", "enable"]

C = TypeVar("C")

TESTED = ("2.54.0", "3.54.0")
"""The oldest and the newest release that the tests have run with."""

_PATHS = ("_client",)


def enable(client: C, *, pipeline: Pipeline | None = None) -> C:
    """Keep reasoning on a client: chat completions, Responses, streams, raw responses, retries.

    The one instance is changed, and so are the copies that ``with_options`` makes of it from now
    on. Its timeouts, proxies and connections stay. WebSocket connections (realtime,
    ``responses.connect``) do not pass through it.

    Args:
        client: an ``OpenAI`` or ``AsyncOpenAI`` client, or one derived from them.
        pipeline: shared by all clients that are to share a store; by default a new one is loaded.

    Returns:
        The same client.

    Raises:
        TypeError: it holds no HTTP client that can be tapped.
    """
    from sealegs import Pipeline

    if not hold(client, _PATHS, Tapping(pipeline or Pipeline.load(), "openai_client")):
        kind = f"{type(client).__module__}.{type(client).__qualname__}"
        raise TypeError(
            f"expected an openai client, got {kind}: it holds no httpx client; give an "
            "OpenAI(...) or AsyncOpenAI(...), or tap its HTTP client with "
            "sealegs_adapters.http.wrap"
        )
    return client


def disable(client: C) -> C:
    """Take the tap off a client again."""
    release(client, _PATHS)
    return client
