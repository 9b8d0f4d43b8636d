"""Counts what was judged, tells whether the targets are met, and prints it."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from ours import CANONICAL, FAULTS, OPEN, RULES, Verdict
from tables import plain, share

from sealegs_plugins.dialects import ALL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from corpora import Case
    from theirs import Seen

__all__ = [
    "beside", "findings", "missed", "ours", "ours_table", "peer_row", "peers_table",
]  # fmt: skip

_HOLDS_MAPS = {one.name for one in ALL if one.shape.maps}
_HEADS = (
    "dialect", "schemas", "errors", "invalid", "lint", "unsound", "refused", "changed", "unstable",
    "bytes", "narrowed", "exact", "caught", "beyond", "unread",
)  # fmt: skip
_PEER_HEADS = (
    "converter", "read as", "errors", "invalid", "refuses a valid one", "takes an invalid one",
    "lint (ours)", "not idempotent",
)  # fmt: skip


def ours(
    cases: list[Case], verdicts: list[list[Verdict]], differing: dict[int, list[str]]
) -> dict[str, dict[str, dict[str, Any]]]:
    """Count, by corpus (`all` first) and dialect."""
    counts: dict[str, dict[str, Counter[str]]] = {"all": {}}
    for number, (case, found) in enumerate(zip(cases, verdicts, strict=True)):
        other = differing.get(number, ())
        for verdict in found:
            for corpus in ("all", case.corpus):
                count = counts.setdefault(corpus, {}).setdefault(verdict.dialect, Counter())
                _count(count, verdict)
                count["bytes"] += verdict.dialect in other
    return {
        corpus: {dialect: dict(count) for dialect, count in by_dialect.items()}
        for corpus, by_dialect in counts.items()
    }


def _count(count: Counter[str], verdict: Verdict) -> None:
    count["schemas"] += 1
    count["unread"] += verdict.unreadable
    for kind in FAULTS:
        count[kind] += kind in verdict.faults
    count["with valid"] += verdict.valid > 0
    count["narrowed"] += verdict.narrowed
    count["exact"] += verdict.exact
    count["beyond"] += verdict.beyond
    count["documents"] += verdict.invalid
    count["caught"] += verdict.caught


def ours_table(counts: dict[str, dict[str, dict[str, Any]]], *, corpora: bool) -> str:
    """Print all corpora together, and each of them if wanted."""
    parts = []
    for corpus, by_dialect in counts.items() if corpora else [("all", counts["all"])]:
        rows = [_row(name, by_dialect[first]) for first, name in _named(by_dialect)]
        parts.append(f"{corpus}\n{plain(_HEADS, rows)}")
    return "\n\n".join(parts)


def _named(dialects: Iterable[str]) -> list[tuple[str, str]]:
    """Give of dialects with equal rules the first, and a name that counts the others."""
    alike: dict[str, list[str]] = {}
    for dialect in dialects:
        alike.setdefault(RULES.get(dialect, dialect), []).append(dialect)
    return [
        (names[0], f"{names[0]} (+{len(names) - 1})" if len(names) > 1 else names[0])
        for names in alike.values()
    ]


def _row(dialect: str, count: dict[str, Any]) -> tuple[Any, ...]:
    zeros = (count[kind] for kind in FAULTS)
    told = (dialect, count["schemas"], *zeros, count["bytes"])
    if dialect == CANONICAL:
        return (*told, "", "", "", "", count["unread"])
    return (
        *told,
        share(count["narrowed"], count["with valid"]),
        share(count["exact"], count["schemas"]),
        share(count["caught"], count["documents"]),
        share(count["beyond"], count["schemas"]),
        "",
    )


def missed(counts: dict[str, dict[str, dict[str, Any]]]) -> list[str]:
    """List the targets that are missed."""
    found = []
    for dialect, _ in _named(counts["all"]):
        count = counts["all"][dialect]
        found += [f"{dialect}: {kind} {count[kind]}" for kind in FAULTS if count[kind]]
        if count["bytes"]:
            found.append(f"{dialect}: other bytes in another process: {count['bytes']}")
        bound = 2 if dialect in _HOLDS_MAPS else 6
        if dialect + OPEN in RULES:
            continue  # closing what is open is a choice, and shown; the target holds without it
        if 100 * count["narrowed"] >= bound * max(count["with valid"], 1):
            narrowed = share(count["narrowed"], count["with valid"])
            found.append(f"{dialect}: narrowed {narrowed} %, not below {bound} %")
    return found


def findings(
    cases: list[Case], verdicts: list[list[Verdict]], differing: dict[int, list[str]]
) -> str:
    """Write down what is wrong, each once, the smallest schema of a kind first."""
    groups: dict[tuple[str, int], tuple[list[str], str]] = {}
    for number, found in enumerate(verdicts):
        for verdict in found:
            for kind, said in verdict.faults.items():
                groups.setdefault((kind, number), ([], said))[0].append(verdict.dialect)
        if differing.get(number):
            groups["bytes", number] = (differing[number], "other bytes in another process")
    sizes = [len(json.dumps(case.schema)) for case in cases]
    order = sorted(groups, key=lambda key: (_rank(key[0]), sizes[key[1]], key[1]))
    totals = Counter(kind for kind, _ in groups)
    lines = ["# Findings", "", ", ".join(f"{kind}: {n} cases" for kind, n in totals.items())]
    for key in order:
        (dialects, said), case = groups[key], cases[key[1]]
        lines += ["", f"## {key[0]}: {case.corpus}, {case.name}", ", ".join(dialects), "", said]
        lines += ["", f"    {json.dumps(case.schema, ensure_ascii=False)[:600]}"]
    return "\n".join(lines) + "\n"


def _rank(kind: str) -> int:
    return FAULTS.index(kind) if kind in FAULTS else len(FAULTS)


def peer_row(name: str, dialect: str, results: list[Seen]) -> dict[str, Any]:
    """Count what became of the cases with one peer."""
    linted = [one for one in results if not one.error and one.lint is not None]
    again = [one for one in results if one.stable is not None]
    made = [one for one in results if not one.error and not one.invalid]
    errors = Counter(one.error[:100] for one in results if one.error)
    refusals = Counter(one.lint for one in linted if one.lint)
    return {
        "name": name,
        "dialect": dialect,
        "errors": [sum(bool(one.error) for one in results), len(results)],
        "invalid": [sum(one.invalid for one in results), len(results)],
        "refuses": [sum(one.refused for one in made), sum(one.asked for one in made)],
        "takes": [sum(one.taken for one in made), sum(one.tried for one in made)],
        "lint": [sum(bool(one.lint) for one in linted), len(linted)],
        "unstable": [sum(not one.stable for one in again), len(again)],
        "first errors": errors.most_common(5),
        "first refusals": refusals.most_common(5),
    }


def beside(verdicts: list[list[Verdict]], dialects: set[str]) -> list[dict[str, Any]]:
    """Count ours over the peers' cases, in the dialects that they aim at."""
    rows = []
    for dialect in sorted(dialects):
        some = [one for found in verdicts for one in found if one.dialect == dialect]
        if not some:
            continue
        good = [one for one in some if not {"error", "invalid"} & one.faults.keys()]
        rows.append(
            {
                "name": "sealegs",
                "dialect": dialect,
                "errors": [sum("error" in one.faults for one in some), len(verdicts)],
                "invalid": [sum("invalid" in one.faults for one in some), len(some)],
                "refuses": [
                    sum(one.narrowed or "incomplete" in one.faults for one in good),
                    sum(one.valid > 0 for one in good),
                ],
                "takes": [
                    sum(one.caught > 0 for one in good),
                    sum(one.invalid > 0 for one in good),
                ],
                "lint": [sum("lint" in one.faults for one in some), len(some)],
                "unstable": [sum("unstable" in one.faults for one in some), len(some)],
            }
        )
    return rows


def peers_table(found: dict[str, Any]) -> str:
    """Print the peers, and ours beneath."""
    keys = ("errors", "invalid", "refuses", "takes", "lint", "unstable")
    rows = [
        (row["name"], row["dialect"], *(share(*row[key]) for key in keys))
        for row in (*found["rows"], *found["ours"])
    ]
    return (
        f"{found['cases']} tool-like cases, in percent; of sealegs, what its schemas take that is "
        f"invalid is refused\nby its run-time check, and what they refuse that is valid stands in "
        f"its report\n{plain(_PEER_HEADS, rows)}"
    )
