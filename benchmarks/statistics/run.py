"""Is the gate of paired statistics as sure as it says? Simulated agents, true differences known.

    python benchmarks/statistics/run.py --quick
    python benchmarks/statistics/run.py --json statistics.json          # half an hour on two cores
    python benchmarks/statistics/run.py --part stopping --processes 2

Stated: with a true difference of exactly the margin, a wrong FAIL and a wrong PASS have a
probability of alpha / 2 each, so 2.5 % for an alpha of 5 %. Parts:

`enumerated`: complete enumeration of all tables, one pair for each case, over base rates and
correlations: the largest chance of a wrong decision, as a multiple of alpha / 2.
`single`: one pair for each case, drawn; beside Newcombe's interval alone, and the unpaired rule of
agent-reliability-ci (`arci`).
`clustered`: cases that repeat; beside the bootstrap by case without its floor. Cases are `even`,
of different `difficulty`, wholly `broken` or wholly `rescued` by the disturbance, or `certain`:
each repetition as the first.
`stopping`: a look after every pair; beside other confidence sequences, an ordinary interval that is
peeked at, and the stop rule of agentcheck-pytest-plugin against a bar for one arm.

All shares are in percent. Every cell has a seed of its own, so that results do not depend on how
many processes run. The exit status is 1 where a wrong FAIL is likelier than stated beyond the
simulation's own error, a wrong PASS likelier than alpha, the power from 95 to 75 % with 200
independent pairs below 80 %, or early stopping ever wrong more often than alpha.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import enumerating
import fixed
import stopping

from sealegs.statistics.gating import Gate

GATE = Gate(margin=0.10, alpha=0.05)
PARTS = ("enumerated", "single", "clustered", "stopping")
Job = tuple[Callable[..., Any], tuple[Any, ...]]


def main() -> int:
    """Run what the command line asks for."""
    options = _options()
    jobs = {
        (part, number): job
        for part in options.part or PARTS
        for number, job in enumerate(_jobs(part, options))
    }
    found = _run(jobs, options.processes)
    results = {part: _of(part, jobs, found) for part in options.part or PARTS}
    for part, rows in results.items():
        print(f"\n{part}\n{_table(part, rows)}")
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    missed = [line for part, rows in results.items() for line in _missed(part, rows)]
    for line in missed:
        print(f"missed: {line}")
    return int(bool(missed))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--part", action="append", choices=PARTS, help="repeatable")
    parser.add_argument("--simulations", type=int, default=10_000, metavar="N")
    parser.add_argument("--quick", action="store_true", help="500 simulations, small tables")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything measured")
    options = parser.parse_args()
    if options.quick:
        options.simulations = 500
    return options


def _jobs(part: str, options: argparse.Namespace) -> list[Job]:
    times, seed = options.simulations, options.seed
    if part == "enumerated":
        return [
            (enumerating.worst, (pairs, margin, alpha))
            for pairs in ((10, 20) if options.quick else (50, 35, 20, 10))
            for margin in (0.05, 0.1, 0.2)
            for alpha in (0.1, 0.05, 0.01)
        ]
    if part == "single":
        cells = [
            (model, cases, base, base - GATE.margin)
            for cases in (200, 50, 20)
            for model in ("independent", "coupled", "contrary")
            for base in (0.99, 0.95, 0.8, 0.5)
        ]
        cells += [(model, 200, 0.95, 0.75) for model in ("independent", "coupled")]
        cells += [("independent", 200, base, base) for base in (0.99, 0.95, 0.8)]
        return [(fixed.singles, (*cell, GATE, times, f"{seed}/{cell}")) for cell in cells]
    if part == "clustered":
        return _clustered(times, seed)
    return _stopping(times, seed)


def _clustered(times: int, seed: int) -> list[Job]:
    wrong = [
        (model, cases, 5, base, base - GATE.margin)
        for cases in (200, 50, 20)
        for model in ("even", "difficulty", "broken", "rescued", "certain")
        for base in (0.95, 0.7)
    ]
    power = [
        (model, cases, 5, 0.95, second)
        for cases in (200, 100, 50, 20)
        for model in ("even", "broken")
        for second in (0.75, 0.95)
        if (model, second) != ("broken", 0.95)
    ]
    alone = min(times, 1000)
    jobs: list[Job] = []
    for cell in wrong + power:
        count = times if cell in wrong else min(times, 2000)
        jobs.append((fixed.clusters, (*cell, GATE, count, alone, f"{seed}/{cell}")))
    return jobs


def _stopping(times: int, seed: int) -> list[Job]:
    wrong = [
        (model, base, base - GATE.margin)
        for model in ("independent", "coupled")
        for base in (0.99, 0.95, 0.8, 0.5)
    ]
    power = [
        ("independent", 0.95, 0.75),
        ("coupled", 0.95, 0.75),
        ("independent", 0.95, 0.5),
        ("independent", 0.99, 0.99),
        ("independent", 0.95, 0.95),
        ("independent", 0.8, 0.8),
    ]
    chosen = [("independent", 0.95, 0.85), *power]
    jobs: list[Job] = [
        (stopping.peeked, (name, *cell, GATE, 400, times, f"{seed}/{cell}"))
        for name in stopping.CANDIDATES
        for cell in (wrong + power if name == "ours" else chosen)
    ]
    jobs += [
        (stopping.agentcheck, (rate, 0.9, runs, GATE.alpha, times, f"{seed}/{rate}"))
        for runs in (20, 100)
        for rate in (0.8, 0.85, 0.89)
    ]
    return jobs


def _run(jobs: dict[tuple[str, int], Job], processes: int) -> dict[tuple[str, int], Any]:
    began = time.monotonic()
    found = {}
    with ProcessPoolExecutor(processes) as pool:
        running = {pool.submit(function, *args): key for key, (function, args) in jobs.items()}
        for number, done in enumerate(as_completed(running), 1):
            found[running[done]] = done.result()
            seconds = time.monotonic() - began
            told = f"{number} of {len(jobs)} cells, {seconds:.0f} s"
            print(told, file=sys.stderr, flush=True)
    return found


def _of(
    part: str, jobs: dict[tuple[str, int], Job], found: dict[tuple[str, int], Any]
) -> list[Any]:
    return [found[key] for key in jobs if key[0] == part]


def _table(part: str, rows: list[dict[str, Any]]) -> str:
    told = [_readable(part, row) for row in rows]
    kinds: list[tuple[str, ...]] = []
    for row in told:
        if tuple(row) not in kinds:
            kinds.append(tuple(row))
    return "\n\n".join(
        _plain(heads, [tuple(row.values()) for row in told if tuple(row) == heads])
        for heads in kinds
    )


def _readable(part: str, row: dict[str, Any]) -> dict[str, str]:
    if part == "enumerated":
        half = row["alpha"] / 2
        return {
            key: f"{value[0] / half:.2f}" if isinstance(value, (tuple, list)) else str(value)
            for key, value in row.items()
        }
    told = {}
    for key, value in row.items():
        share = key.endswith(("fail", "pass", "by 200"))
        if value is None:
            told[key] = "–"
        elif share:
            told[key] = f"{100 * value:.1f}"
        else:
            told[key] = f"{value:g}" if isinstance(value, float) else str(value)
    return told


def _plain(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    cells = [heads, *rows]
    widths = [max(len(line[n]) for line in cells) for n in range(len(heads))]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))
        for line in cells
    )


def _missed(part: str, rows: list[dict[str, Any]]) -> list[str]:
    half = GATE.alpha / 2
    lines = []
    for row in rows:
        told = _readable(part, row)
        if part == "enumerated":
            lines += [
                f"{told} {side}"
                for side, bound in (("guarded fail", 1.05), ("guarded pass", 1.1))
                if row[side][0] > bound * row["alpha"] / 2
            ]
            continue
        if "first" not in row or row.get("rule", "ours") != "ours":
            continue
        wrong = math.isclose(row["first"] - row["second"], GATE.margin)
        fails = row["fail" if part == "stopping" else "gate fail"]
        passes = row["pass" if part == "stopping" else "gate pass"]
        error = 3 * math.sqrt(half * (1 - half) / row["times"])
        ever = fails + passes if part == "stopping" else passes
        if wrong and (fails > half + error or ever > GATE.alpha):
            lines.append(f"{part}: {told}")
        if _must_fail(part, row) and fails < 0.8:
            lines.append(f"{part}: {told}")
    return lines


def _must_fail(part: str, row: dict[str, Any]) -> bool:
    cell = (part, row["model"], row.get("cases"), row["first"], row["second"])
    return cell == ("single", "independent", 200, 0.95, 0.75)


if __name__ == "__main__":
    sys.exit(main())
