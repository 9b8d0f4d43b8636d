"""What the peers make of the cases, each in its own environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oracle import Oracle, compiled
from reading import capitals, standard

from sealegs.schema.linting import lint
from sealegs_plugins.dialects import ALL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corpora import Case
    from peers import Peer

__all__ = ["Seen", "converted", "seen"]

HERE = Path(__file__).resolve().parent


@dataclass(slots=True)
class Seen:
    """What became of one case.

    Attributes:
        error: What was raised.
        invalid: The output is no schema.
        asked: There are valid documents; `refused`: one of them is refused.
        tried: There are invalid documents; `taken`: one of them is accepted.
        lint: What the provider would refuse, by our lint; None where strict mode was given up.
        stable: Its own output comes back as it was; None where that cannot be asked.
    """

    error: str = ""
    invalid: bool = False
    asked: bool = False
    refused: bool = False
    tried: bool = False
    taken: bool = False
    lint: str | None = ""
    stable: bool | None = None


def converted(interpreter: Path, peer: Peer, cases: list[Case]) -> Iterator[dict[str, Any]]:
    """Have a peer convert the cases, in order; a worker that dies is started again."""
    waiting = [json.dumps({"schema": case.schema}) for case in cases]
    while waiting:
        done = subprocess.run(
            [str(interpreter), str(HERE / "peer_worker.py"), peer.name],
            input="\n".join(waiting) + "\n",
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "LITELLM_LOCAL_MODEL_COST_MAP": "1"},
            check=False,
        )
        answers = done.stdout.splitlines()
        if not answers and done.returncode:
            print(f"{peer.name}: {done.stderr.strip()[-600:]}", file=sys.stderr)
        for answer in answers:
            yield json.loads(answer)
        waiting = waiting[len(answers) :]
        if waiting:
            yield {"error": f"the process ended with {done.returncode}"}
            waiting = waiting[1:]


def seen(peer: Peer, case: Case, answer: dict[str, Any]) -> Seen:
    """Judge one answer."""
    if "error" in answer:
        return Seen(error=answer["error"])
    oracle = Oracle(case)
    made = answer["schema"]
    one = Seen(asked=bool(oracle.valid), tried=bool(oracle.invalid))
    if answer["again"] is not None:
        one.stable = json.dumps(answer["again"]) == json.dumps(made)
    one.lint = _lint(peer, made) if answer["strict"] is not False else None
    try:
        validator = compiled(standard(made, openapi=peer.openapi))
    except (ValueError, TypeError):
        one.invalid = True
        return one
    one.refused = not all(map(validator.is_valid, oracle.valid))
    one.taken = any(map(validator.is_valid, oracle.invalid))
    return one


def _lint(peer: Peer, made: Any) -> str:
    dialect = next(one for one in ALL if one.name == peer.dialect)
    try:
        found = lint(capitals(made) if peer.openapi else made, dialect)
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:200]
    return str(found[0])[:200] if found else ""
