"""Does the work of ``run.py`` in AgentDojo's environment, and writes a line of JSON per result."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from dojo.native import judged
from dojo.suites import all_pairs, one_each
from dojo.trials import VARIANTS, Bench, Found, in_vectors


def main() -> None:
    """Do what the first argument asks for."""
    job = json.loads(sys.argv[1])
    cases = all_pairs() if job["pairs"] else one_each()
    cases = cases[::8] if job["quick"] else cases
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        began = time.perf_counter()
        gold = [bench.desk.run(case, "perfect") for case in cases]
        seconds = round(time.perf_counter() - began, 1)
        with_vector = in_vectors(bench.desk, cases)
        _tell(
            {
                "cases": len(cases),
                "quick": job["quick"],
                "gold": sum(run.useful and not run.attacked for run in gold),
                "seconds": seconds,
                "results": sum(map(len, with_vector)),
                "vector results": sum(map(sum, with_vector)),
                "vector cases": sum(map(any, with_vector)),
            }
        )
        direct = None
        for variant in VARIANTS:
            if job["only"] and variant.name not in job["only"]:
                continue
            for character in ("perfect", "trusting" if variant.stops else "gullible"):
                found = bench.campaign(variant, character, cases, seed=job["seed"])
                _tell({"row": _row(found, with_vector)})
                if variant.name == "R14 direct" and character == "gullible":
                    direct = found
        _tell({"native": _native(cases, direct)})


def _row(found: Found, with_vector: list[list[bool]]) -> dict[str, Any]:
    """Give a campaign's figures, and how many results with a vector its texts reached."""
    row = found.row
    row["vectors"] = ""
    if found.variant.operator == "indirect-injection" and found.character == "perfect":
        pairs = [
            pair
            for vector, run in zip(with_vector, found.disturbed, strict=True)
            for pair in zip(vector, run.read, strict=True)
        ]
        row["vectors"] = (
            f"{sum(one and read for one, read in pairs)} of {sum(one for one, _ in pairs)}"
        )
    return row


def _native(cases: Any, direct: Found | None) -> dict[str, Any]:
    """Let AgentDojo's own harness judge the same cases; of many, some, for it is slow."""
    every = max(1, len(cases) // 97)
    cases, runs = cases[::every], direct.disturbed[::every] if direct else ()
    gullible = [judged(case, "gullible") for case in cases]
    perfect = [judged(case, "perfect") for case in cases]
    ours = [(run.useful, run.attacked) for run in runs]
    pairs = list(zip(cases, gullible, ours, strict=False))
    return {
        "cases": len(pairs),
        "useful": sum(useful for useful, _ in gullible),
        "attacked": sum(attacked for _, attacked in gullible),
        "perfect": sum(useful for useful, _ in perfect),
        "perfect attacked": sum(attacked for _, attacked in perfect),
        "same": sum(one == other for _, one, other in pairs),
        "differs": [
            f"{case.name}: (useful, attacked) is {one} there and {other} here"
            for case, one, other in pairs
            if one != other
        ],
    }


def _tell(what: dict[str, Any]) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main()
