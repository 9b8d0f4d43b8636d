"""The command line's options. Without ``--perturb`` all else is inert."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

__all__ = ["Options", "add_options"]

_VERDICTS = ("FAIL", "INCONCLUSIVE", "ERROR", "VACUOUS")


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says.

    Attributes:
        seed: other seeds disturb other places.
        profile: takes the place of every marker's profile; empty: each its own.
        replay: a plan; only its trials run, and they fail as ordinary tests do.
        report: where the report goes, as JSON.
        record: where the baseline goes; only clean trials run then.
        baseline: a recorded baseline.
        dry: decide everything, and disturb nothing.
        allowed: verdicts, beside PASS, with which the run does not fail.
    """

    seed: int
    profile: str
    replay: Path | None
    report: Path | None
    record: Path | None
    baseline: Path | None
    dry: bool
    allowed: frozenset[str]

    @classmethod
    def of(cls, config: pytest.Config) -> Options | None:
        """Read them; ``None`` without ``--perturb``.

        Raises:
            UsageError: another option of ours is given without it, or two exclude each other.
        """
        option = config.option
        paths = {
            name: Path(config.invocation_params.dir, text) if text else None
            for name in ("replay", "report", "record", "baseline")
            for text in (getattr(option, f"perturb_{name}"),)
        }
        if not option.perturb:
            given = [f"--perturb-{name}" for name, path in paths.items() if path]
            if given:
                raise pytest.UsageError(f"{given[0]} does nothing without --perturb")
            return None
        if paths["replay"] and paths["record"]:
            raise pytest.UsageError("--perturb-replay and --perturb-record exclude each other")
        return cls(
            option.perturb_seed,
            option.perturb_profile,
            **paths,
            dry=option.perturb_dry_run,
            allowed=frozenset(option.perturb_allow),
        )


def add_options(parser: pytest.Parser) -> None:
    """Add the options to pytest's."""
    group = parser.getgroup("sealegs", "sealegs: disturb agents on purpose")
    add = group.addoption
    add("--perturb", action="store_true", help="run tests marked perturb, clean and disturbed")
    add("--perturb-seed", type=int, default=0, metavar="N", help="disturb other places (0)")
    add("--perturb-profile", default="", metavar="NAME", help="in the place of every marker's own")
    add("--perturb-replay", metavar="PLAN", help="run a plan's trials again, exactly")
    add("--perturb-report", metavar="FILE", help="write verdicts, coverage and plans as JSON")
    add("--perturb-record", metavar="FILE", help="run clean trials, and write down their literals")
    add("--perturb-baseline", metavar="FILE", help="literals that operators must keep")
    add("--perturb-dry-run", action="store_true", help="decide everything, and disturb nothing")
    add(
        "--perturb-allow",
        action="append",
        default=[],
        choices=_VERDICTS,
        metavar="VERDICT",
        help=f"do not fail on a verdict ({', '.join(_VERDICTS)}); may be repeated",
    )
