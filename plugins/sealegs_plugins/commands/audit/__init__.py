"""Replay recorded traffic as a client that forgets all reasoning, and see what comes back.

PATH is a recording or a folder of them: JSON files with a member "exchanges", or VCR cassettes
(YAML). Each one runs through the pipeline in a store of its own. Reasoning itself is never shown.

The exit status is 1 where an atom of a golden recording (one that shows real values going back) was
not restored exactly, or where anything was restored wrongly or failed, and 2 where nothing could be
replayed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from sealegs import Pipeline
from sealegs.settings import TelemetrySettings
from sealegs.stores import MemoryStore
from sealegs.telemetry import Telemetry
from sealegs_plugins.commands.audit.recordings import UnreadableError, read, recordings
from sealegs_plugins.commands.audit.replay import Finding, replay
from sealegs_plugins.commands.audit.report import as_json, show, troubled

__all__ = ["HELP", "configure", "run"]

HELP = "replay recorded traffic and see whether its reasoning comes back"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")
    parser.add_argument("--verbose", action="store_true", help="name every recording with a gap")


def run(options: argparse.Namespace) -> int:
    """Replay, report, and say by the status whether anything was wrong."""
    # the user's own store stays closed: each recording gets one of its own
    silent = Telemetry(TelemetrySettings(enabled=False))
    pipeline = Pipeline.load(store=MemoryStore(), telemetry=silent)
    findings, unreadable = _replayed(list(recordings(options.paths)), pipeline, quiet=options.json)
    if options.json:
        print(json.dumps(as_json(findings, unreadable), indent=2))
    else:
        show(findings, unreadable, verbose=options.verbose)
    if not findings:
        return 2
    return 1 if troubled(findings) else 0


def _replayed(
    files: Sequence[Path], pipeline: Pipeline, *, quiet: bool
) -> tuple[list[Finding], list[str]]:
    findings: list[Finding] = []
    unreadable: list[str] = []
    progress = not quiet and sys.stderr.isatty()
    for number, file in enumerate(files, 1):
        if progress:
            print(f"\r{number}/{len(files)} ", end="", file=sys.stderr, flush=True)
        try:
            findings.append(replay(read(file), pipeline))
        except UnreadableError as error:
            unreadable.append(str(error))
    if progress:
        print("\r", end="", file=sys.stderr)
    return findings, unreadable
