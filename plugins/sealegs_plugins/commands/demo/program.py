"""The command proper, with all its imports: needs the extra ``demo``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Final

from opentelemetry.sdk.trace import TracerProvider
from rich.console import Console

from sealegs import Pipeline, Settings
from sealegs.errors import SealegsError
from sealegs.jsons import dump
from sealegs.telemetry import Telemetry
from sealegs_plugins.commands.demo.cases import CASES
from sealegs_plugins.commands.demo.endpoint import Endpoint, run_endpoint
from sealegs_plugins.commands.demo.runner import ARMS, Result, on_loopback, run_cases
from sealegs_plugins.commands.demo.table import REAL, SCRIPTED, as_json, show
from sealegs_plugins.commands.demo.trace import tracing
from sealegs_plugins.commands.demo.watching import Watcher

__all__ = ["main"]

_KEYS: Final = ("SEALEGS_DEMO_API_KEY", "OPENAI_API_KEY")
_WIDE: Final = 130


def main(options: argparse.Namespace) -> int:
    """Run, print, and give the exit status."""
    trace: Path | None = None if options.no_trace else options.trace
    try:
        results = _results(options, trace)
    except (OSError, SealegsError) as error:
        sys.stderr.write(f"sealegs demo: {error}\n")
        return 1
    statement = REAL if options.base_url else SCRIPTED
    if options.json:
        sys.stdout.write(dump(as_json(results, statement, trace)).decode() + "\n")
    else:
        show(_console(), results, statement, trace)
    return 0 if all(result.good for result in results if result.arm == "with") else 1


def _results(options: argparse.Namespace, trace: Path | None) -> list[Result]:
    endpoint = _endpoint(options) if options.base_url else None
    count = len(ARMS) * (1 if endpoint else len(CASES))
    with ExitStack() as stack:
        provider = stack.enter_context(tracing(trace))
        tracer, load = provider.get_tracer("sealegs.demo"), partial(_pipeline, provider)
        tell = stack.enter_context(_Progress(count, quiet=options.json))
        if endpoint:
            return list(run_endpoint(endpoint, load, tracer, tell))
        stack.enter_context(on_loopback())
        return list(run_cases(CASES, load, tracer, tell))


def _pipeline(provider: TracerProvider, watcher: Watcher) -> Pipeline:
    """Load a pipeline as any project would, but with a store that ends with the run."""
    settings = Settings.load(store="memory:")
    telemetry = Telemetry(settings.telemetry, tracer_provider=provider)
    return Pipeline.load(watcher, settings=settings, telemetry=telemetry)


def _endpoint(options: argparse.Namespace) -> Endpoint:
    key = next(filter(None, map(os.environ.get, _KEYS)), "")
    if not key:
        sys.stderr.write(f"sealegs demo: no key in {' or '.join(_KEYS)}; going without one\n")
    return Endpoint(options.base_url.rstrip("/"), options.model, key or "none")


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=_WIDE)


class _Progress:
    """Tells on standard error what is being run: in one line on a terminal, else line by line."""

    def __init__(self, count: int, *, quiet: bool) -> None:
        self._count, self._done, self._quiet = count, 0, quiet
        self._console = Console(stderr=True)
        self._status = self._console.status("")

    def __enter__(self) -> Callable[[str], None]:
        if self._console.is_terminal:
            self._status.start()
        return self._tell

    def __exit__(self, *_: object) -> None:
        self._status.stop()

    def _tell(self, text: str) -> None:
        self._done += 1
        line = f"{self._done}/{self._count} {text}"
        if self._console.is_terminal:
            self._status.update(line)
        elif not self._quiet:
            self._console.print(line, highlight=False, soft_wrap=True)
