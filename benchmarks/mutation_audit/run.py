"""The mutation audit: what arrives at the model when frameworks send their history back.

Each framework runs unmodified, in an environment of its own, against a scripted model on loopback:
two user turns with one tool call each, in four forms of reasoning, whole and streamed; once as it
is, and once with sealegs given to it through its HTTP client or its base URL.

    python benchmarks/mutation_audit/run.py --table              # all of it, and the README's table
    python benchmarks/mutation_audit/run.py --only agno --json audit.json
    python benchmarks/mutation_audit/run.py --from audit.json --readme README.md

Environments are made under `--envs` with uv, from wheels; nothing but a package index is called.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import environments
from judge import KEPT, judge
from script import CELLS, Cell
from server import ModelServer
from table import markdown, place

from frameworks import FRAMEWORKS, RELAY, Framework

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
ARMS = ("without", "with")
_PATIENCE = 600.0  # seconds for the eight conversations of one arm


def main() -> int:
    """Run what the command line asks for."""
    options = _options()
    report = json.loads(options.source.read_text()) if options.source else _audit(options)
    if options.json:
        options.json.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    if options.table:
        print(markdown(report))
    if options.readme:
        place(options.readme, markdown(report))
    return _status(report)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", action="append", metavar="NAME", help="a framework; repeatable")
    parser.add_argument("--arm", action="append", choices=ARMS, help="default: both")
    parser.add_argument("--envs", type=Path, default=environments.default_root())
    parser.add_argument("--python", default="3.11", help="the environments' Python")
    parser.add_argument("--relay", action="store_true", help="put sealegs behind the base URL")
    parser.add_argument(
        "--sealegs", type=Path, default=environments.REPOSITORY, help="the source tree to test"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything measured")
    parser.add_argument("--from", dest="source", type=Path, metavar="FILE", help="read, do not run")
    parser.add_argument("--table", action="store_true", help="print the table in Markdown")
    parser.add_argument("--readme", type=Path, metavar="FILE", help="put the table into a file")
    parser.add_argument("--verbose", action="store_true", help="show what the frameworks print")
    options = parser.parse_args()
    known = {framework.name for framework in FRAMEWORKS}
    if unknown := set(options.only or ()) - known:
        parser.error(f"no such framework: {', '.join(sorted(unknown))}; known: {sorted(known)}")
    return options


def _audit(options: argparse.Namespace) -> dict[str, Any]:
    chosen = [one for one in FRAMEWORKS if not options.only or one.name in options.only]
    return {"python": options.python, "frameworks": [_audited(one, options) for one in chosen]}


def _audited(framework: Framework, options: argparse.Namespace) -> dict[str, Any]:
    relayed = framework.relayed or options.relay
    arms = options.arm or ARMS
    _say(f"{framework.name}: environment")
    beside = options.sealegs if "with" in arms and not relayed else None
    interpreter = _environment(framework, options, beside)
    installed = environments.versions(interpreter)
    entry: dict[str, Any] = {
        "name": framework.name,
        "title": framework.title,
        "version": installed[framework.shown],
        "hook": "base URL" if relayed else framework.hook,
        "installed": installed,
        "arms": {},
    }
    for arm in arms:
        began = time.monotonic()
        entry["arms"][arm] = _arm(interpreter, framework, arm, options)
        _say(f"{framework.name}: {arm} sealegs, {time.monotonic() - began:.0f} s")
    return entry


def _environment(framework: Framework, options: argparse.Namespace, sealegs: Path | None) -> Path:
    return environments.make(options.envs, framework, python=options.python, sealegs=sealegs)


def _arm(
    interpreter: Path, framework: Framework, arm: str, options: argparse.Namespace
) -> dict[str, Any]:
    relayed = arm == "with" and (framework.relayed or options.relay)
    with ModelServer() as server, contextlib.ExitStack() as stack:
        origin = server.origin
        if relayed:
            runs_it = _environment(RELAY, options, options.sealegs)
            origin = stack.enter_context(_relay(origin, runs_it))
        job = {
            "base": f"{origin}/{framework.name}-{arm}",
            "tapped": arm == "with" and not relayed,
            "cells": [cell.name for cell in CELLS],
        }
        results, broken = _drive(interpreter, framework, job, verbose=options.verbose)
    return {
        cell.name: _found(server, f"{framework.name}-{arm}/{cell.name}", cell, results, broken)
        for cell in CELLS
    }


def _found(
    server: ModelServer, key: str, cell: Cell, results: dict[str, Any], broken: str
) -> dict[str, Any]:
    received = server.received.get(key, [])
    return {
        **asdict(judge(key, cell, received)),
        **results.get(cell.name, {"error": broken, "offered": True, "answers": []}),
        "bodies": [json.loads(one.body) for one in received],
    }


def _drive(
    interpreter: Path, framework: Framework, job: dict[str, Any], *, verbose: bool
) -> tuple[dict[str, Any], str]:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(
        [str(interpreter), str(HERE / "drive.py"), framework.name],
        input=json.dumps(job),
        stdout=subprocess.PIPE,
        stderr=None if verbose else subprocess.PIPE,
        text=True,
        env=environment,
        timeout=_PATIENCE,
        check=False,
    )
    tail = (done.stderr or "").strip()[-2000:]
    if done.returncode:
        _say(f"{framework.name}: the driver ended with {done.returncode}\n{tail}")
        return {}, f"the driver ended with {done.returncode}"
    results = {one["cell"]: one for one in json.loads(done.stdout)}
    for one in results.values():
        if one["error"] and one["offered"]:
            _say(f"{framework.name}: {one['cell']}: {one['error']}")
    return results, ""


@contextlib.contextmanager
def _relay(upstream: str, interpreter: Path) -> Iterator[str]:
    """Run the relay before the server, and yield its URL."""
    command = [str(interpreter), str(HERE / "relay.py"), upstream]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            port = process.stdout.readline().strip()
            if not port:
                raise SystemExit("the relay did not start")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _status(report: dict[str, Any]) -> int:
    """Return 1 where the arm with sealegs lost or mixed up any reasoning."""
    cells = [
        cell
        for framework in report["frameworks"]
        for cell in framework["arms"].get("with", {}).values()
        if cell["offered"]
    ]
    return int(any(cell["error"] or set(cell["last"]) != {KEPT} for cell in cells))


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
