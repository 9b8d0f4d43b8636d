"""The trace file: the spans of a run, one JSON object a line."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult

__all__ = ["JsonLines", "tracing"]


class JsonLines(SpanExporter):
    """Writes each span, as its SDK writes it, on a line of its own."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Write finished spans."""
        self._file.writelines(f"{span.to_json(indent=None)}\n" for span in spans)
        return SpanExportResult.SUCCESS

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Hand what is written to the operating system."""
        self._file.flush()
        return True


@contextmanager
def tracing(path: Path | None) -> Generator[TracerProvider]:
    """Give a provider whose spans go to a file that only its owner can read; ``None``: nowhere.

    Raises:
        OSError: the file cannot be written.
    """
    provider = TracerProvider(resource=Resource({"service.name": "sealegs-demo"}))
    if path is None:
        yield provider
        return
    with _private(path) as file:
        provider.add_span_processor(SimpleSpanProcessor(JsonLines(file)))
        try:
            yield provider
        finally:
            provider.shutdown()


def _private(path: Path) -> TextIO:
    """Open a file for writing, mode 0600 also where it was there before, and never by a link."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _NO_LINK, 0o600)
    os.fchmod(descriptor, 0o600)
    return os.fdopen(descriptor, "w", encoding="utf-8")


_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
