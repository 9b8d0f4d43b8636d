"""Conformance: what lowering claims, held against labelled documents; then the peers.

A schema goes through its canonical form into each dialect. The output must be a schema, pass the
dialect's lint, come out again as it went in, and be the same bytes in another process. Documents
that the original takes must be taken after encoding, unless an entry says `narrowed`, and come back
equal; documents that it refuses, and documents near the valid ones, must not get through where the
report says that the lowered schema alone is enough (`exact`).

    python benchmarks/schemas/run.py --quick
    python benchmarks/schemas/run.py --json conformance.json --findings findings.md
    python benchmarks/schemas/run.py --dialect gemini-parameters --corpus suite --no-peers
    python benchmarks/schemas/run.py --bfcl             # with the function schemas of bfcl-eval

Columns of ours: `errors`; `invalid` output; `lint` violations; `unsound`: declared exact, and takes
what the original refuses; `refused`: a valid document, without an entry; `changed`: comes back
otherwise; `unstable`: not byte-idempotent; `bytes`: differ in another process. All are counts of
schemas, and must be 0. In percent: `narrowed`: of the schemas with valid documents, those where one
is refused under an entry (must be below 2 for a dialect that holds maps, below 6 elsewhere; where a
dialect closes objects that are open, the row `kept open` is judged, for closing is a choice);
`exact`: of all schemas; `caught`: of the invalid documents, those that only the run-time check
refused; `beyond`: of all schemas, larger than a strict dialect takes, so that strict mode is given
up (elsewhere this is a violation). `unread`: no schema for a validator either (not JSON Schema, or
part of it lies elsewhere), refused with a typed error. Dialects with equal rules share a row
(`+2`: and two others).

The peers get the cases that are tool-like: an object root, a schema for the validator too, no
draft 4, all references within.
Their `lint` is ours: the documented rules of the provider that they convert for, as our dialects
have them. The exit status is 1 where a target of ours is missed. Environments are made under
`--envs` with uv, from wheels; nothing but a package index is called.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import report
from corpora import CORPORA, REPOSITORY, Case, load
from digesting import digests
from oracle import Oracle
from ours import Verdict, judged
from peers import ENVIRONMENTS, PEERS
from theirs import Seen, converted, seen

sys.path.insert(0, str(REPOSITORY / "benchmarks"))

from mutation_audit import environments

_ENVIRONMENTS = environments.default_root().with_name("sealegs-schemas")


def main() -> int:
    """Run what the command line asks for."""
    options = _options()
    bfcl = _environment("bfcl", options).parents[1] if options.bfcl else None
    cases = load(options.corpus, share=20 if options.quick else options.share, bfcl=bfcl)
    if options.digests:
        print(json.dumps([digests(case) for case in cases]))
        return 0
    verdicts = _ours(cases, options)
    differing = {} if options.no_bytes else _differing(cases, options)
    found: dict[str, Any] = {"ours": report.ours(cases, verdicts, differing)}
    print(report.ours_table(found["ours"], corpora=options.by_corpus))
    if options.findings:
        options.findings.write_text(report.findings(cases, verdicts, differing), "utf-8")
    if not options.no_peers:
        found["peers"] = _peers(cases, verdicts, options)
        print(f"\n{report.peers_table(found['peers'])}")
    if options.json:
        options.json.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
    for missed in (misses := report.missed(found["ours"])):
        print(f"missed: {missed}")
    return int(bool(misses))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="every 20th case")
    parser.add_argument("--share", type=int, default=1, metavar="N", help="every Nth case")
    parser.add_argument("--corpus", action="append", choices=list(CORPORA), help="repeatable")
    parser.add_argument("--dialect", action="append", metavar="NAME", help="ours; repeatable")
    parser.add_argument("--peer", action="append", choices=[one.name for one in PEERS])
    parser.add_argument("--no-peers", action="store_true", help="ours alone")
    parser.add_argument("--no-bytes", action="store_true", help="no second process")
    parser.add_argument("--bfcl", action="store_true", help="with bfcl-eval's function schemas")
    parser.add_argument("--by-corpus", action="store_true", help="a table for each corpus as well")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--envs", type=Path, default=_ENVIRONMENTS)
    parser.add_argument("--python", default="3.11", help="the environments' Python")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything measured")
    parser.add_argument("--findings", type=Path, metavar="FILE", help="write what is wrong of ours")
    parser.add_argument("--digests", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _ours(cases: list[Case], options: argparse.Namespace) -> list[list[Verdict]]:
    began = time.monotonic()
    verdicts: list[list[Verdict]] = []
    with ProcessPoolExecutor(options.processes) as pool:
        wanted = [options.dialect] * len(cases)
        for number, found in enumerate(pool.map(judged, cases, wanted, chunksize=4), 1):
            verdicts.append(found)
            if number % 200 == 0 or number == len(cases):
                _say(f"ours: {number} of {len(cases)} cases, {time.monotonic() - began:.0f} s")
    return verdicts


def _differing(cases: list[Case], options: argparse.Namespace) -> dict[int, list[str]]:
    """Lower everything in two other processes with other hashes, and compare."""
    command = [sys.executable, __file__, *sys.argv[1:], "--digests"]
    running = [
        subprocess.Popen(
            command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONHASHSEED": seed}
        )
        for seed in ("1", "4711")
    ]
    told = [process.communicate()[0] for process in running]
    if any(process.returncode for process in running):
        ended = [process.returncode for process in running]
        raise SystemExit(f"the processes whose bytes are compared ended with {ended}")
    one, other = map(json.loads, told)
    _say("ours: bytes compared between two processes")
    assert len(one) == len(other) == len(cases)
    names = set(options.dialect or ())
    return {
        number: [
            name for name in first if (not names or name in names) and first[name] != second[name]
        ]
        for number, (first, second) in enumerate(zip(one, other, strict=True))
        if first != second
    }


def _peers(
    cases: list[Case], verdicts: list[list[Verdict]], options: argparse.Namespace
) -> dict[str, Any]:
    numbers = [n for n, one in enumerate(cases) if one.tool_like and not Oracle(one).problem]
    asked = [cases[n] for n in numbers]
    rows = []
    for peer in PEERS:
        if options.peer and peer.name not in options.peer:
            continue
        interpreter = _environment(peer.environment, options)
        version = environments.versions(interpreter)[peer.shown]
        answers = converted(interpreter, peer, asked)
        results: list[Seen] = [seen(peer, *pair) for pair in zip(asked, answers, strict=True)]
        rows.append(report.peer_row(f"{peer.name} {version}", peer.dialect, results))
        _say(f"{peer.name} {version}: {len(asked)} cases")
    mine = report.beside([verdicts[n] for n in numbers], {peer.dialect for peer in PEERS})
    return {"cases": len(asked), "rows": rows, "ours": mine}


def _environment(name: str, options: argparse.Namespace) -> Path:
    return environments.make(options.envs, ENVIRONMENTS[name], python=options.python, sealegs=None)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
