"""Faults as a chat model's own client meets them, where a call is seen as messages alone."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from typing import Any

from sealegs.drivers import AsyncPerformer, Performer
from sealegs.flow import Reply
from sealegs.perturbation.faults import TransportFault
from sealegs_adapters import _faults as http_faults

__all__ = ["ClientFaults"]

_STATUS: Mapping[int, str] = {
    400: "BadRequestError",
    401: "AuthenticationError",
    402: "PaymentRequiredError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    409: "ConflictError",
    422: "UnprocessableEntityError",
    429: "RateLimitError",
    503: "ServiceUnavailableError",
    529: "OverloadedError",
}


class ClientFaults:
    """Raises what a client would raise.

    Args:
        client: the client's package, such as ``anthropic``.
        url: where the call goes.
        timeout: how many seconds the client waits; ``None``: as its package does by default.
    """

    def __init__(self, client: str, url: str, timeout: float | None) -> None:
        self._client: Any = importlib.import_module(client)
        bases = [
            kind.__module__.partition(".")[0] for kind in self._client.DefaultHttpxClient.__mro__
        ]
        self._library: Any = sys.modules["httpx2" if "httpx2" in bases else "httpx"]
        limit = self._client.DEFAULT_TIMEOUT.read if timeout is None else timeout
        limits = dict.fromkeys(("connect", "read", "write", "pool"), limit)
        self._request = self._library.Request("POST", url, extensions={"timeout": limits})

    def met(self, fault: TransportFault, perform: Performer) -> Exception:
        """Wait as long as a fault takes, and give the exception."""
        return self._wrapped(http_faults.met(self._library, fault, self._request, perform))

    async def amet(self, fault: TransportFault, perform: AsyncPerformer) -> Exception:
        """As `met`, on an event loop."""
        found = await http_faults.amet(self._library, fault, self._request, perform)
        return self._wrapped(found)

    def refused(self, reply: Reply) -> Exception:
        """Give the exception for a refusal."""
        response = self._library.Response(
            reply.status, headers=dict(reply.headers), content=reply.body, request=self._request
        )
        body = response.json()
        general = "InternalServerError" if reply.status >= 500 else "APIStatusError"
        kind = getattr(self._client, _STATUS.get(reply.status, general), None)
        kind = kind or getattr(self._client, general)
        made: Exception = kind(f"Error code: {reply.status} - {body}", response=response, body=body)
        return made

    def _wrapped(self, error: Exception) -> Exception:
        timeout = isinstance(error, self._library.TimeoutException)
        kind = self._client.APITimeoutError if timeout else self._client.APIConnectionError
        made: Exception = kind(request=self._request)
        made.__cause__ = error
        return made
