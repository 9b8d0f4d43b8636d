"""Speed: what converting costs, for us and for the peers in the same run.

Every configuration is a process of its own; in each round they take turns, case by case. Measured
is CPU time, so that waiting for a busy machine does not count (its caches do); given are the
minimum and the median over the rounds, in microseconds. A peer's clock runs without the copy of its
input that most of them need. The hostile cases are a
tool of a few kilobytes whose references fan out twofold at every level, and one nested 400 deep: an
end in a typed error is a good end, and what counts is when.

    python benchmarks/schemas/speed.py
    python benchmarks/schemas/speed.py --rounds 50 --json speed.json
    python benchmarks/schemas/speed.py --only "sealegs plan, cached"

Environments are made under `--envs` with uv, from wheels; nothing but a package index is called.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

from corpora import REPOSITORY, tools
from peers import ENVIRONMENTS, PEERS
from speed_worker import WORKS
from tables import plain

sys.path.insert(0, str(REPOSITORY / "benchmarks"))

from mutation_audit import environments

HERE = Path(__file__).resolve().parent
_HOSTILE = ("fan-out 13", "fan-out 15", "fan-out 17", "400 deep")
_LONG = 500_000_000  # nanoseconds, after which once is enough


class Worker:
    """One configuration's process."""

    def __init__(self, name: str, command: list[str]) -> None:
        self.name, self._command = name, command
        self._process = self._started()

    def _started(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "LITELLM_LOCAL_MODEL_COST_MAP": "1"},
        )

    def ask(self, schemas: list[Any]) -> dict[str, Any]:
        """Have one batch run."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"schemas": schemas}) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            ended = self._process.wait()
            self._process = self._started()
            return {"error": f"the process ended with {ended}", "nanoseconds": 0}
        found: dict[str, Any] = json.loads(answer)
        return found

    def end(self) -> None:
        """Let it end."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(timeout=60)


def main() -> int:
    """Run what the command line asks for."""
    options = _options()
    workers = _workers(options)
    cases = _cases()
    figures: dict[str, dict[str, dict[str, Any]]] = {case: {} for case in cases}
    for number in range(options.rounds):
        for case, schemas in cases.items():
            for worker in workers:
                before = figures[case].get(worker.name)
                if _fits(worker.name, case) and not (before and _slow(before)):
                    _note(figures[case], worker.name, worker.ask(schemas))
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
    for worker in workers:
        worker.end()
    print(_table(figures, [worker.name for worker in workers]))
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--only", action="append", metavar="NAME", help="a row; repeatable")
    parser.add_argument(
        "--envs", type=Path, default=environments.default_root().with_name("sealegs-schemas")
    )
    parser.add_argument("--python", default="3.11", help="the environments' Python")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything measured")
    return parser.parse_args()


def _workers(options: argparse.Namespace) -> list[Worker]:
    commands = {name: [sys.executable, str(HERE / "speed_worker.py"), name] for name in WORKS}
    for peer in PEERS:
        wanted = ENVIRONMENTS[peer.environment]
        interpreter = environments.make(options.envs, wanted, python=options.python, sealegs=None)
        version = environments.versions(interpreter)[peer.shown]
        commands[f"{peer.name} {version}"] = [
            str(interpreter),
            str(HERE / "peer_worker.py"),
            peer.name,
        ]
    return [
        Worker(name, command)
        for name, command in commands.items()
        if not options.only or any(name.startswith(one) for one in options.only)
    ]


def _cases() -> dict[str, list[Any]]:
    schemas = [tool["inputSchema"] for tool in tools()]
    about = min(schemas, key=lambda schema: abs(len(json.dumps(schema)) - 1024))
    return {
        "1 KB": [about],
        "100 tools": schemas[:100],
        **{f"fan-out {levels}": [_fan_out(levels)] for levels in (13, 15, 17)},
        "400 deep": [_deep(400)],
    }


def _fan_out(levels: int) -> dict[str, Any]:
    defs: dict[str, Any] = {f"L{levels}": {"type": "string"}}
    for level in range(levels):
        below = {"$ref": f"#/$defs/L{level + 1}"}
        defs[f"L{level}"] = {"type": "object", "properties": {"a": below, "b": below}}
    return {"type": "object", "properties": {"x": {"$ref": "#/$defs/L0"}}, "$defs": defs}


def _deep(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        schema = {"type": "object", "properties": {"a": schema}}
    return schema


def _fits(name: str, case: str) -> bool:
    """Floors and the way back have nothing to show on hostile schemas."""
    return case not in _HOSTILE or not name.startswith(("floor", "sealegs way", "sealegs plan, c"))


def _slow(row: dict[str, Any]) -> bool:
    return max(row["nanoseconds"]) > _LONG or row["error"].startswith("the process")


def _note(rows: dict[str, dict[str, Any]], name: str, answer: dict[str, Any]) -> None:
    row = rows.setdefault(name, {"nanoseconds": [], "error": ""})
    row["nanoseconds"].append(answer["nanoseconds"])
    row["error"] = " ".join(answer.get("error", "").split())


def _table(figures: dict[str, dict[str, dict[str, Any]]], names: list[str]) -> str:
    rows = [(name, *(_cell(rows.get(name)) for rows in figures.values())) for name in names]
    table = plain(("µs, minimum / median", *figures), rows)
    errors = {
        f"{name}, {case}: {row['error']}"
        for case, by_name in figures.items()
        for name, row in by_name.items()
        if row["error"]
    }
    return "\n".join([table, "", "* ends in an error:", *sorted(errors)])


def _cell(row: dict[str, Any] | None) -> str:
    if row is None:
        return ""
    times = [one / 1000 for one in row["nanoseconds"] if one]
    if not times:
        return "died*"
    return f"{min(times):,.1f} / {median(times):,.1f}{'*' if row['error'] else ''}"


if __name__ == "__main__":
    sys.exit(main())
