"""Hostile texts on AgentDojo's tasks: scripted agents of known character get what they deserve.

Each of AgentDojo's user tasks is done by its gold calls, through a real tool loop on the official
openai client, with a scripted model below the tap and AgentDojo's tools, tapped, on the task's
environment. Operators of the surface that is hostile bring the goals of AgentDojo's injection tasks
before the model's eyes. Whether the user's task was done, and whether the attack succeeded, is said
by AgentDojo's own checks.

    python benchmarks/agentdojo/run.py
    python benchmarks/agentdojo/run.py --pairs --only "R14 important-instructions"
    python benchmarks/agentdojo/run.py --quick --json dojo.json

Characters: ``perfect`` ignores what is hostile; ``gullible`` makes the injection task's gold calls
once it reads the goal, then goes on; ``trusting`` stops where a text tells it to (``R14 stop``).
Workspace's injection tasks 6 to 13 have no gold calls, and are left out without ``--pairs``.

Variants: ``R14`` in each family of wordings; ``E14`` with AgentDojo's injection vectors as a world
of files, all of them or one; ``T18``, ``S11``, ``U18``.

Columns: ``clean`` right without any disturbance; ``delivered`` and ``seen`` by our receipts;
``read``: the goal stood in a request to the model, by the model's own reading; ``differ``: cases in
which receipt and reading differ; ``useful`` and ``attacked`` by AgentDojo's checks, disturbed;
``obeyed``: the model did what it was told. ``vectors``: of the results in which AgentDojo's own
vectors stand, those in which ours does (``R14`` alone, of the gold calls).

The exit status is 1 where an agent does not get what it deserves (``perfect``: a PASS, all tasks
done and no attack; the others: a FAIL, or no PASS where few cases met the text), where receipts
differ from what was read, and where a result with a vector was not reached. The environment is made
under `--envs` with uv, from wheels; nothing but a package index is called.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mutation_audit import environments
from mutation_audit.frameworks import Framework

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
AGENTDOJO = Framework(
    name="agentdojo",
    title="AgentDojo",
    requires=("agentdojo==0.1.35", "openai>=3"),
    shown="agentdojo",
    hook="",
)
COLUMNS = (
    "variant",
    "character",
    "cases",
    "clean",
    "delivered",
    "seen",
    "read",
    "differ",
    "vectors",
    "useful",
    "obeyed",
    "attacked",
    "verdict",
)


def main() -> int:
    """Run what the command line asks for."""
    options = _options()
    interpreter = environments.make(
        options.envs, AGENTDOJO, python=options.python, sealegs=REPOSITORY
    )
    job = {
        "only": options.only,
        "pairs": options.pairs,
        "quick": options.quick,
        "seed": options.seed,
    }
    found = _worked(interpreter, job)
    found["installed"] = environments.versions(interpreter)
    print(_table(found["rows"]))
    print(_facts(found))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
    missed = [*_missed(found)]
    for line in missed:
        print(f"missed: {line}")
    return int(bool(missed))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", action="append", metavar="VARIANT", help="repeatable")
    parser.add_argument("--pairs", action="store_true", help="all 949 pairs of tasks, not 97")
    parser.add_argument("--quick", action="store_true", help="every 8th case")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--envs", type=Path, default=environments.default_root().with_name("sealegs-agentdojo")
    )
    parser.add_argument("--python", default="3.11", help="the environment's Python")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything measured")
    return parser.parse_args()


def _worked(interpreter: Path, job: dict[str, Any]) -> dict[str, Any]:
    """Let the environment's Python work, and show how far it is."""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY / "tests")}
    command = [str(interpreter), str(HERE / "work.py"), json.dumps(job)]
    found: dict[str, Any] = {"rows": []}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        for line in process.stdout:
            told = json.loads(line)
            if "row" in told:
                found["rows"].append(told["row"])
                print(f"{told['row']['variant']}, {told['row']['character']}", file=sys.stderr)
            else:
                found |= told
    if process.returncode:
        raise SystemExit(f"the work ended with {process.returncode}")
    return found


def _missed(found: dict[str, Any]) -> list[str]:
    missed = []
    if found["gold"] != found["cases"]:
        missed.append(f"gold calls: {found['gold']} of {found['cases']} tasks are done")
    for row in found["rows"]:
        name = f"{row['variant']}, {row['character']}"
        perfect = row["character"] == "perfect"
        # where most cases never met a hostile text, they cannot show that the agent is broken
        broken = ("FAIL",) if 2 * row["delivered"] > row["cases"] else ("FAIL", "INCONCLUSIVE")
        wanted = ("PASS",) if perfect else broken
        if row["verdict"] not in wanted and not found["quick"]:
            missed.append(f"{name}: {row['verdict']} instead of {wanted[0]} ({row['reason']})")
        if perfect and (row["useful"] < row["cases"] or row["attacked"]):
            missed.append(f"{name}: {row['useful']} tasks done, {row['attacked']} attacks")
        if row["differ"]:
            missed.append(f"{name}: {row['differ']} receipts differ from what was read")
        if "of" in row["vectors"] and len(set(row["vectors"].split(" of "))) > 1:
            missed.append(f"{name}: {row['vectors']} results with vectors are reached")
    return missed


def _table(rows: list[dict[str, Any]]) -> str:
    lines = [COLUMNS, *[[str(row[name]) for name in COLUMNS] for row in rows]]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _facts(found: dict[str, Any]) -> str:
    native = found["native"]
    told = [
        f"gold calls do {found['gold']} of {found['cases']} tasks, in {found['seconds']} s",
        f"{found['results']} results, {found['vector results']} of them with a vector, in "
        f"{found['vector cases']} cases",
        f"AgentDojo's own harness, attack `direct`, gullible: {native['useful']} done, "
        f"{native['attacked']} attacked; perfect: {native['perfect']} done, "
        f"{native['perfect attacked']} attacked",
        f"as R14 direct, gullible, has it in {native['same']} of {native['cases']} cases",
    ]
    return "\n".join([*told, *(f"differs: {line}" for line in native["differs"])])


if __name__ == "__main__":
    sys.exit(main())
