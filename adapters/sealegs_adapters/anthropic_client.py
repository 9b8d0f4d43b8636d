"""The official anthropic client, 2.x, sync and async, against any compatible server.

from anthropic import Anthropic
from sealegs_adapters import anthropic_client

client = anthropic_client.enable(Anthropic())
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from sealegs_adapters._holders import hold, release
from sealegs_adapters._tapping import Tapping

if TYPE_CHECKING:
    from sealegs import Pipeline

__all__ = ["disable", "enable"]

C = TypeVar("C")

TESTED = ("2.12.0", "2.12.0")
"""The oldest and the newest release that the tests have run with."""

_PATHS = ("_client",)


def enable(client: C, *, pipeline: Pipeline | None = None) -> C:
    """Keep reasoning on a client: messages, streams, retries.

    The one instance is changed. A client for Bedrock signs each request over its body before it
    reaches the transport; such requests pass untouched. The tool runner of anthropic 2.12 keeps its
    history at the server and sends only what is new: there is nothing to restore in it.

    Args:
        client: an ``Anthropic`` or ``AsyncAnthropic`` client, or one derived from them.
        pipeline: shared by all clients that are to share a store; by default a new one is loaded.

    Returns:
        The same client.

    Raises:
        TypeError: it holds no HTTP client that can be tapped.
    """
    from sealegs import Pipeline

    if not hold(client, _PATHS, Tapping(pipeline or Pipeline.load(), "anthropic_client")):
        kind = f"{type(client).__module__}.{type(client).__qualname__}"
        raise TypeError(
            f"expected an anthropic client, got {kind}: it holds no httpx client; give an "
            "Anthropic(...) or AsyncAnthropic(...), or tap its HTTP client with "
            "sealegs_adapters.http.wrap"
        )
    return client


def disable(client: C) -> C:
    """Take the tap off a client again."""
    release(client, _PATHS)
    return client
