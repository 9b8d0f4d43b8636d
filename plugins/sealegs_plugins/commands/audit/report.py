"""What the audit found, as a table for people and as JSON for machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from sealegs.exchange import GapReason
from sealegs.jsons import Json
from sealegs_plugins.commands.audit.replay import Finding

__all__ = ["as_json", "show", "troubled"]

_COLUMNS = ("provider", "recordings", "atoms", "exact", "missing", "wrong", "further", "gaps")


def troubled(findings: Iterable[Finding]) -> bool:
    """Say whether anything was wrong."""
    return any(
        one.wrong or one.failures or (one.golden and one.exact < one.expected) for one in findings
    )


def _totals(findings: Sequence[Finding]) -> dict[str, Json]:
    gaps: Counter[GapReason] = Counter()
    for one in findings:
        gaps.update(one.gaps)
    return {
        "recordings": len(findings),
        "atoms": sum(one.expected for one in findings),
        "exact": sum(one.exact for one in findings),
        "missing": sum(one.expected - one.exact for one in findings),
        "wrong": sum(one.wrong for one in findings),
        "further": sum(one.further for one in findings),
        "gaps": dict(sorted(gaps.items())),
        "failures": sum(len(one.failures) for one in findings),
        "skipped_exchanges": sum(one.skipped for one in findings),
    }


def _by_provider(findings: Sequence[Finding]) -> dict[str, list[Finding]]:
    groups: dict[str, list[Finding]] = {}
    for one in sorted(findings, key=lambda one: one.provider):
        groups.setdefault(one.provider, []).append(one)
    return groups


def as_json(findings: Sequence[Finding], unreadable: Sequence[str]) -> dict[str, Json]:
    """Give the findings for machines. Reasoning itself is not in them."""
    return {
        "golden": _totals([one for one in findings if one.golden]),
        "others": _totals([one for one in findings if not one.golden]),
        "providers": {name: _totals(group) for name, group in _by_provider(findings).items()},
        "recordings": [
            {
                "name": one.sequence,
                "provider": one.provider,
                "rules": one.provider_rules,
                "golden": one.golden,
                "atoms": one.expected,
                "exact": one.exact,
                "wrong": one.wrong,
                "further": one.further,
                "gaps": dict(one.gaps),
                "failures": one.failures,
            }
            for one in findings
        ],
        "unreadable": list(unreadable),
        "trouble": troubled(findings),
    }


def show(findings: Sequence[Finding], unreadable: Sequence[str], *, verbose: bool) -> None:
    """Print a table by provider, and what was wrong."""
    if not findings:
        print("\n".join([*unreadable, "nothing to replay: give a recording, or a folder of some"]))
        return
    rows = [_row(name, group) for name, group in _by_provider(findings).items()]
    golden = [one for one in findings if one.golden]
    rows += [_row("golden", golden), _row("all", findings)]
    widths = [max(len(row[n]) for row in (_COLUMNS, *rows)) for n in range(len(_COLUMNS))]
    for row in (_COLUMNS, *rows):
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )
    for one in findings:
        missing = one.golden and one.exact < one.expected
        if missing or one.wrong or one.failures or (verbose and one.gaps):
            print(
                f"{one.sequence}: {one.exact} of {one.expected} atoms exact, {one.wrong} wrong, "
                f"gaps {dict(one.gaps)}, failures {one.failures}"
            )
    for line in unreadable:
        print(line)


def _row(name: str, group: Sequence[Finding]) -> tuple[str, ...]:
    totals = _totals(group)
    gaps = " ".join(f"{reason}:{count}" for reason, count in totals["gaps"].items())
    numbers = [str(totals[column]) for column in _COLUMNS[1:-1]]
    return (name, *numbers, gaps or "-")
