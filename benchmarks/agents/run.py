"""Scripted agents of known character against every operator, on bfcl-eval's multi-turn tasks.

    python benchmarks/agents/run.py --share 20                     # every 20th task
    python benchmarks/agents/run.py --operators invariant --characters perfect --json labels.json
    python benchmarks/agents/run.py --operators tool-error,call-ids --severities 1,2,3
    python benchmarks/agents/run.py --texts                     # what 1,462 prompts keep

Needs bfcl-eval: ``uv pip install --no-deps bfcl-eval mpmath``. No model and no network is asked.

An agent does a task, disturbed by one operator alone, and BFCL's own state and response checkers
say, turn by turn, whether all is as the gold calls leave it. What is right depends on the label:
of ``invariant`` and ``recoverable`` ones the same state as without, and all that the gold calls
gave was seen or made sure of; of ``must_abstain`` ones that the agent stopped, and that the systems
are at a point of the gold calls; of ``adversarial`` ones the same state, and no marker in any
answer or call; of ``directional`` ones what a rule can tell, or else nothing is judged.

Rows: the operator; ``delivered``, in percent of trials; then for each character how many of its
trials that were disturbed are right, in percent, and the verdict of the gate (all trials against
the clean ones, margin 0.10). Below: labels that do not hold, which are one operator's bug or the
perfect agent's: trials of the perfect agent that are not right, though the same task is right
undisturbed; and trials that had to be stopped and were passable by going on. The exit status is 1
where there is one.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from bfcl.agents import instantly
from bfcl.characters import CHARACTERS
from bfcl.tasks import CATEGORIES, Task, installed, tasks
from bfcl.texts import kept, prompts, rules_kept
from bfcl.trials import Bench, Trial
from sealegs.statistics.gating import Decision, Gate, Pair, compare

_MOST_EXAMPLES = 4
_COUNTS = (
    "trials", "delivered", "right", "judged", "broken", "passable", "harm", "lowered", "altered",
    "requests", "seconds",
)  # fmt: skip
_LABELS = ("invariant", "recoverable", "must_abstain", "directional", "adversarial")
_kept: list[Bench] = []  # one in each process of the pool


@dataclass
class Cell:
    """One operator at one severity, and one character."""

    operator: str
    severity: int
    character: str
    trials: int = 0
    delivered: int = 0
    right: int = 0
    judged: int = 0
    broken: int = 0
    passable: int = 0
    harm: int = 0
    lowered: int = 0
    altered: int = 0
    requests: int = 0
    seconds: float = 0.0
    pairs: list[tuple[str, bool, bool]] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, int, str]:
        return (self.operator, self.severity, self.character)

    def add(self, task: Task, trial: Trial, clean: bool) -> None:
        self.trials += 1
        self.requests += trial.run.requests
        self.seconds += trial.record.seconds
        for use in trial.record.uses:
            self.reasons.update(dict(use.reasons))
        if trial.verdict != "not judged":
            self.pairs.append((task.name, clean, trial.verdict == "passed"))
        if not trial.delivered:
            return
        self.delivered += 1
        self.judged += trial.verdict != "not judged"
        self.right += trial.verdict == "passed"
        self.passable += trial.passable
        self.harm += not trial.run.harmless
        self.lowered += trial.label == "lowered"
        self.altered += bool(trial.run.altered)
        if (
            trial.verdict == "failed" and clean
        ):  # what fails undisturbed too says nothing of a label
            self.broken += 1
            self.wrong.append(f"{task.name}: {trial.run.stopped or 'it went on'}")

    def merge(self, other: Cell) -> None:
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.pairs += other.pairs
        self.reasons.update(other.reasons)
        self.wrong += other.wrong

    @property
    def verdict(self) -> str:
        """What the gate says of all its trials."""
        if not self.delivered:
            return "VACUOUS"
        if not self.pairs:
            return "-"
        made = compare([Pair(case, 0, clean, right) for case, clean, right in self.pairs], Gate())
        return "INCONCLUSIVE" if made.decision is Decision.INCONCLUSIVE else made.decision.name


def main() -> int:
    """Run what the command line asks for."""
    options = _options()
    if not installed():
        print("needs bfcl-eval and mpmath: uv pip install --no-deps bfcl-eval mpmath")
        return 2
    if options.texts:
        return _texts(options)
    bench = Bench()
    chosen = _operators(bench, options.operators)
    never = {name: why for name in chosen if (why := bench.never(name))}
    works = [name for name in chosen if name not in never]
    began = time.perf_counter()
    cells = _run(options, works)
    report = _report(options, bench, cells, never, time.perf_counter() - began)
    if options.json:
        options.json.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    return 1 if report["violations"] else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", type=int, default=800, help="at most so many, from the start")
    parser.add_argument("--share", type=int, default=1, metavar="N", help="every Nth task")
    parser.add_argument("--operators", default="all", help="names, or labels, with commas")
    parser.add_argument("--characters", default="all", help="names, with commas")
    parser.add_argument("--severities", default="2", help="with commas")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--texts", action="store_true", help="only what operators leave of prompts")
    parser.add_argument("--json", type=Path, metavar="FILE")
    return parser.parse_args()


def _operators(bench: Bench, asked: str) -> list[str]:
    found = []
    for name, one in bench.operators.items():
        if asked == "all" or {name, one.sheet.label, one.sheet.surface} & set(asked.split(",")):
            found.append(name)
    return found


# ------------------------------------------------------------------ running


def _run(options: argparse.Namespace, operators: Sequence[str]) -> dict[Any, Cell]:
    known = list(tasks())[:: options.share][: options.tasks]
    names = [one.name for one in known]
    characters = list(CHARACTERS) if options.characters == "all" else options.characters.split(",")
    severities = [int(one) for one in options.severities.split(",")]
    work = [(operators, severities, characters, options.seed)]
    chunks = [names[at : at + 4] for at in range(0, len(names), 4)]
    cells: dict[Any, Cell] = {}
    began, done = time.perf_counter(), 0
    with ProcessPoolExecutor(options.processes, initializer=_start) as pool:
        for future in as_completed([pool.submit(_chunk, chunk, *work[0]) for chunk in chunks]):
            for cell in future.result():
                cells.setdefault(cell.key, cell) is cell or cells[cell.key].merge(cell)
            done += 1
            spent = time.perf_counter() - began
            left = spent / done * (len(chunks) - done)
            print(f"\r{done}/{len(chunks)} chunks of 4 tasks, {spent:.0f} s, {left:.0f} s left",
                  end="", file=sys.stderr, flush=True)  # fmt: skip
    print(file=sys.stderr)
    return cells


def _start() -> None:
    _kept.append(Bench())


def _chunk(
    names: Sequence[str],
    operators: Sequence[str],
    severities: Sequence[int],
    characters: Sequence[str],
    seed: int,
) -> list[Cell]:
    (bench,) = _kept
    cells: dict[Any, Cell] = {}
    with instantly():
        for task in _named(names):
            for character in characters:
                clean: dict[str, bool] = {}
                for operator in operators:
                    way = bench.way(operator)
                    key = str(way)
                    if key not in clean:
                        clean[key] = bench.clean(task, character, way).verdict == "passed"
                    for severity in severities:
                        trial = bench.disturbed(operator, severity, task, character, seed=seed)
                        cell = Cell(operator, severity, character)
                        cells.setdefault(cell.key, cell).add(task, trial, clean[key])
    return list(cells.values())


def _named(names: Sequence[str]) -> Iterator[Task]:
    wanted = set(names)
    return (task for task in tasks(CATEGORIES) if task.name in wanted)


# ------------------------------------------------------------------ telling


def _report(
    options: argparse.Namespace,
    bench: Bench,
    cells: dict[Any, Cell],
    never: dict[str, str],
    seconds: float,
) -> dict[str, Any]:
    violations = list(_violations(bench, cells))
    _print(bench, cells)
    trials = sum(cell.trials for cell in cells.values())
    print(f"\n{trials} disturbed trials in {seconds:.0f} s with {options.processes} processes")
    spent = sum(cell.seconds for cell in cells.values())
    asked = sum(cell.requests for cell in cells.values())
    if trials:
        print(f"{1000 * spent / trials:.1f} ms and {asked / trials:.1f} requests for each trial")
    print(f"\nnot applicable here: {len(never)} operators")
    for why in dict.fromkeys(never.values()):
        print(f"  {why}: {', '.join(name for name, one in never.items() if one == why)}")
    for line in _altered(bench, cells.values()):
        print(f"tools ran with arguments that the model did not give: {line}")
    for cell in cells.values():
        unfit = cell.judged - cell.right - cell.broken
        if unfit and cell.character == "perfect":
            print(f"wrong undisturbed, too: {cell.operator}/{cell.severity}: {unfit} trials")
    print(f"\nlabels that do not hold: {len(violations)}")
    for one in violations:
        print(f"  {one['operator']}/{one['severity']} ({one['label']}): {one['what']}")
        for example in one["examples"]:
            print(f"      {example}")
    rows = [_row(cell) for cell in cells.values()]
    return {"cells": rows, "never": never, "violations": violations, "seconds": seconds}


def _row(cell: Cell) -> dict[str, Any]:
    told = asdict(replace(cell, pairs=[], reasons=Counter()))
    told |= {"reasons": dict(cell.reasons), "pairs": len(cell.pairs), "verdict": cell.verdict}
    return told


def _violations(bench: Bench, cells: dict[Any, Cell]) -> Iterator[dict[str, Any]]:
    for cell in cells.values():
        label = bench.operators[cell.operator].sheet.label
        what = ""
        if cell.character == "perfect" and cell.broken:
            what = f"the perfect agent is wrong in {cell.broken} of {cell.judged}"
        elif label == "must_abstain" and cell.character == "ignores" and cell.passable:
            what = f"passable by going on in {cell.passable} of {cell.delivered}"
        if what:
            yield {"operator": cell.operator, "severity": cell.severity, "label": label,
                   "what": what, "examples": cell.wrong[:_MOST_EXAMPLES]}  # fmt: skip


def _print(bench: Bench, cells: dict[Any, Cell]) -> None:
    characters = list(dict.fromkeys(cell.character for cell in cells.values()))
    print(f"{'operator':28} {'sev':3} {'label':13} {'deliv':>5} "
          + " ".join(f"{one:>18}" for one in characters))  # fmt: skip
    keys = sorted({key[:2] for key in cells}, key=lambda key: _place(bench, key))
    for operator, severity in keys:
        row = [cells[operator, severity, one] for one in characters]
        share = 100 * sum(one.delivered for one in row) / sum(one.trials for one in row)
        label = bench.operators[operator].sheet.label
        told = " ".join(f"{_percent(one):>5} {one.verdict:>12}" for one in row)
        print(f"{operator:28} {severity:3} {label:13} {share:5.0f} {told}")


def _place(bench: Bench, key: tuple[str, int]) -> tuple[str, int, str, int]:
    sheet = bench.operators[key[0]].sheet
    return (sheet.surface, _LABELS.index(sheet.label), key[0], key[1])


def _altered(bench: Bench, cells: Iterable[Cell]) -> Iterator[str]:
    """Say where tools ran with arguments that no model gave, after a fault on the way."""
    for cell in cells:
        on_the_way = bench.operators[cell.operator].sheet.surface == "transport"
        if cell.altered and on_the_way and cell.character == "perfect":
            yield f"{cell.operator}/{cell.severity}: in {cell.altered} of {cell.delivered} trials"


def _percent(cell: Cell) -> str:
    return f"{100 * cell.right / cell.judged:.0f}%" if cell.judged else "-"


def _texts(options: argparse.Namespace) -> int:
    bench, given = Bench(), prompts()[:: options.share]
    print(
        f"{len(given)} prompts that hold a value of their turn's gold calls; in percent of those "
        "that an operator changed: lost values with a baseline, without one; numbers; denials"
    )
    broken = False
    rows = []
    for name, one in bench.operators.items():
        sheet: Any = one.sheet
        if sheet.label != "invariant" or not hasattr(one, "text"):
            continue
        for severity in (1, 2, 3):
            if sheet.surface == "system_prompt":
                gone = [rules_kept(one, severity, seed=seed) for seed in range(20)]
                broken = broken or any(gone)
                print(f"{name:24} {severity} rules lost: {sum(map(len, gone))} in 20 draws")
                continue
            with_one = kept(one, severity, given, seed=options.seed)
            without = kept(one, severity, given, baseline=False, seed=options.seed)
            broken = broken or bool(with_one.values or with_one.numbers or with_one.denials)
            rows.append({"operator": name, "severity": severity, "baseline": asdict(with_one),
                         "without": asdict(without)})  # fmt: skip
            print(
                f"{name:24} {severity} changed {with_one.changed:5}  "
                f"values {_of(with_one.values, with_one.changed)} "
                f"{_of(without.values, without.changed)}  "
                f"numbers {_of(with_one.numbers, with_one.changed)}  "
                f"denials {_of(with_one.denials, with_one.changed)}"
            )
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")
    return 1 if broken else 0


def _of(part: int, whole: int) -> str:
    return f"{100 * part / whole if whole else 0:5.1f} %"


if __name__ == "__main__":
    sys.exit(main())
