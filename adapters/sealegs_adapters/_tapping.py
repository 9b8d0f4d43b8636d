"""What a tap works with: the HTTP package, the pipeline, and who knows the session."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from sealegs.pipeline import Pipeline, Run
from sealegs.wire import RequestHead
from sealegs_adapters._requests import named

__all__ = ["AsyncTap", "Tap", "Tapping", "library_of"]

_log = logging.getLogger("sealegs")


def library_of(thing: Any) -> ModuleType:
    """Find the package, httpx or httpx2, that a client or transport belongs to.

    Raises:
        TypeError: it belongs to neither.
    """
    for name in ("httpx2", "httpx"):
        library = sys.modules.get(name)
        if library is None:
            continue
        kinds = ("Client", "AsyncClient", "BaseTransport", "AsyncBaseTransport")
        if isinstance(thing, tuple(getattr(library, kind) for kind in kinds)):
            return library
    raise TypeError(
        f"expected a client or transport of httpx or httpx2, got {type(thing).__module__}."
        f"{type(thing).__qualname__}"
    )


class Tap:
    """Marks a sync transport of ours."""

    inner: Any


class AsyncTap:
    """Marks an async transport of ours."""

    inner: Any


def _head(request: Any) -> RequestHead:
    url = request.url
    host = url.host.lower() + (f":{url.port}" if url.port else "")
    query = url.query.decode("latin-1")
    headers, limits = named(request.headers), request.extensions.get("timeout")
    return RequestHead(request.method.upper(), str(url), host, url.path, query, headers, limits)


@dataclass(frozen=True, slots=True)
class Tapping:
    """What a tap works with.

    Attributes:
        pipeline: where calls go.
        adapter: the tap's name in records.
        session: names the conversation where the framework knows it; an empty string: it does not.
    """

    pipeline: Pipeline
    adapter: str = "http"
    session: Callable[[], str] | None = None

    def head(self, request: Any) -> RequestHead | None:
        """Read the head of a request that may be one to a model.

        Of any other, an upload for instance, the body must stay unread.
        """
        try:
            head = _head(request)
            if not self.pipeline.claims(head):
                return None
            if head.headers.get("authorization", "").startswith("AWS4-"):
                # signed over its body: an edit would make the signature false
                _log.info("a request signed by AWS passed untouched")
                return None
            return head
        except Exception as error:
            _untouched(error)
            return None

    def begin(self, head: RequestHead, body: bytes) -> Run | None:
        """Begin a run; a fault of our own must not cost the caller the call."""
        try:
            known = self.session() if self.session else ""
            return self.pipeline.begin(head, body, adapter=self.adapter, session=known or None)
        except Exception as error:
            _untouched(error)
            return None


def _untouched(error: Exception) -> None:
    _log.warning("a request passed untouched: %s", type(error).__name__)
    _log.debug("a request passed untouched: %s", error)  # may quote what was said
