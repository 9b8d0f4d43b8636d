"""Ten thousand conversations at once on one pipeline and one store, many of them saying the same.

Identical questions, calls, results and answers; tool-call ids that count anew in each conversation,
as Kimi's do, or that are unique, or none; sessions given for half of them; histories that go
straight on, fork, are trimmed, or are summarised; plain reasoning, and Anthropic's signed blocks.
Whose request comes next is drawn each time, with a fixed seed. No network: a scripted provider
answers in the process.

    python benchmarks/interleaved.py
    python benchmarks/interleaved.py --conversations 2000 --seed 5 --json interleaved.json
    python benchmarks/interleaved.py --store-megabytes 16      # far too little room

A turn counts once for each request that it is part of. ``must`` are the turns that a session or a
unique id tells apart, ``lost`` those of them that went without. The exit status says whether any
reasoning stood in a wrong turn, or any was lost that must return where nothing was dropped.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from interleaving import Result, Tally, interleave
from sealegs.stores.memory import MemoryStore

COLUMNS = ("turns", "right", "wrong", "must", "lost")


def row(one: Tally) -> dict[str, Any]:
    missed = dict(sorted(one.missed.items()))
    turns = one.right + one.wrong + sum(missed.values())
    counts = (turns, one.right, one.wrong, one.known, one.lost)
    return {**dict(zip(COLUMNS, counts, strict=True)), "refused": missed}


def report(result: Result) -> dict[str, Any]:
    rows = [
        {"reasoning": name, "history": shape, "told by": session, **row(one)}
        for (name, shape, session), one in sorted(result.tallies.items())
    ]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {
        "conversations": result.conversations,
        "requests": result.requests,
        "seconds": round(result.seconds, 1),
        "peak_megabytes": peak,
        "failures": len(result.failures),
        "total": row(result.total),
        "rows": rows,
    }


def table(found: dict[str, Any]) -> str:
    heads = ("reasoning", "history", "told by", *COLUMNS)
    total = {"reasoning": "all", "history": "", "told by": "", **found["total"]}
    lines = []
    for one in (*found["rows"], total):
        reasons = " ".join(f"{reason}:{count}" for reason, count in one["refused"].items())
        lines.append([*(str(one[head]) for head in heads), reasons])
    cells = [[*heads, "refused"], *lines]
    widths = [max(len(line[n]) for line in cells) for n in range(len(heads))]
    return "\n".join(aligned(line, widths) for line in cells)


def aligned(line: list[str], widths: list[int]) -> str:
    cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=False)]
    return "  ".join([*cells, line[-1]]).rstrip()


def main() -> int:
    parser = argparse.ArgumentParser(description="Ten thousand conversations at once.")
    parser.add_argument("--conversations", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store-megabytes", type=int, default=4096, help="room in the store")
    parser.add_argument("--json", type=Path, help="write the figures here as well")
    options = parser.parse_args()
    store = MemoryStore(max_bytes=options.store_megabytes * 1024 * 1024)
    result = interleave(options.conversations, seed=options.seed, store=store)
    found = report(result)
    print(table(found))
    print(
        f"{found['conversations']} conversations, {found['requests']} requests in "
        f"{found['seconds']} s, peak memory {found['peak_megabytes']} MB, "
        f"own failures {found['failures']}"
    )
    if options.json:
        options.json.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    total = result.total
    dropped = total.missed["never_seen"] > 0  # the store had to let go of something
    return int(bool(total.wrong or result.failures or (total.lost and not dropped)))


if __name__ == "__main__":
    sys.exit(main())
