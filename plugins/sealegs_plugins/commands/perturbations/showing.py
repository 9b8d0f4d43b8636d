"""``sealegs perturbations show``: what an operator is, and what it does to a sample."""

from __future__ import annotations

import argparse
import difflib
import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sealegs import Catalog, Settings
from sealegs.errors import PerturbationError
from sealegs.jsons import Json
from sealegs.perturbation.operators import Operator, Severity
from sealegs_plugins.commands.perturbations.asking import Answer, Kind, kind_of
from sealegs_plugins.commands.perturbations.listing import facts
from sealegs_plugins.commands.perturbations.naming import meant
from sealegs_plugins.commands.perturbations.samples import SUPPLIES
from sealegs_plugins.commands.schema.tables import as_json, counted, table
from sealegs_plugins.perturbations.trying import about

__all__ = ["DESCRIPTION", "EPILOG", "HELP", "configure", "run"]

HELP: Final = "show one operator: its facts, and before and after on a sample"

DESCRIPTION: Final = """\
Tells what is known of an operator, what its severities stand for, and shows what each does to a
sample: a travel desk's tools, prompt, conversation, results and files. A fault of the transport, of
a tool or in files is shown as a plan would keep it.

Without --seed, it is the first one at which the operator does something at its mildest, for a mild
one may pass a small sample by.
"""

EPILOG: Final = """\
examples:
  sealegs perturbations show prompt-format
  sealegs perturbations show T5 --seed 7
  sealegs perturbations show rate-limit --json | jq '.operators[].tried[].edit'
"""

_SEVERITIES: Final[tuple[Severity, ...]] = (1, 2, 3)
_SEEDS: Final = 64
_TURNS: Final = range(6)
_MOST: Final = 40


@dataclass(frozen=True, slots=True)
class _Tried:
    """What an operator says at one severity, after so many turns, or why it says nothing."""

    severity: Severity
    answer: Answer | None
    turn: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Shown:
    """An operator on the sample, at a seed."""

    operator: Operator
    seed: int
    kind: Kind | None
    tried: Sequence[_Tried]


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("names", nargs="+", metavar="NAME", help="a name, or a code such as T1")
    parser.add_argument("--seed", type=int, help="of the draws")
    parser.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="print it as JSON"
    )


def run(options: argparse.Namespace) -> int:
    """Show an operator."""
    known = Catalog.load(blocked=Settings.load().disabled_plugins).perturbations
    wanted = [one for name in options.names for one in meant(name, known)]
    found = [_shown(one, options.seed) for one in wanted]
    if getattr(options, "json", False):
        print(as_json({"operators": [_json(one) for one in found]}))
    else:
        print("\n\n".join("\n".join(_lines(one)) for one in found))
    return 0


def _shown(operator: Operator, seed: int | None) -> _Shown:
    kind = kind_of(operator)
    if kind is None:
        none = [_Tried(one, None, note="there is no sample of its kind") for one in _SEVERITIES]
        return _Shown(operator, seed or 0, None, none)
    seeds = range(_SEEDS) if seed is None else (seed,)
    first = next((one for one in seeds if _tried(operator, kind, 1, one).answer), seeds[0])
    tried = [_tried(operator, kind, severity, first) for severity in _SEVERITIES]
    return _Shown(operator, first, kind, tried)


def _tried(operator: Operator, kind: Kind, severity: Severity, seed: int) -> _Tried:
    """Ask at the first turn at which there is something to say."""
    note = "nothing to disturb in the sample"
    for turn in _TURNS:
        told = about(operator, severity, seed=seed, turn=turn, supplies=SUPPLIES)
        try:
            answer = kind.ask(told)
        except PerturbationError as error:
            note = str(error)
            break
        except Exception as error:  # an operator's own fault, perhaps with our sample
            note = f"{type(error).__name__}: {error}"
            break
        if answer is not None:
            return _Tried(severity, answer, turn)
    return _Tried(severity, None, note=note)


def _json(one: _Shown) -> Json:
    return {
        **facts(one.operator),
        "seed": one.seed,
        "before": one.kind.before if one.kind else None,
        "tried": [
            {
                "severity": tried.severity,
                "turn": tried.turn,
                "edit": tried.answer.edit if tried.answer else None,
                "after": tried.answer.after if tried.answer else None,
                "note": tried.note,
            }
            for tried in one.tried
        ],
    }


def _lines(one: _Shown) -> Iterator[str]:
    sheet = one.operator.sheet
    yield f"{sheet.name}  ({sheet.code}, {sheet.surface}, {sheet.label})"
    yield f"  {sheet.summary}"
    levels = enumerate(sheet.parameters, 1)
    rows = [
        *((f"severity {level}", _said(parameters)) for level, parameters in levels),
        *([("further", _said(sheet.further))] if sheet.further else []),
        ("rate", f"{sheet.rate:g}"),
        ("needs", ", ".join(sorted(sheet.needs)) or "nothing beside the model's requests"),
        ("checked", sheet.checked or "the end state"),
        ("source", sheet.source),
    ]
    yield from table(rows, "  ")
    if one.kind is not None and one.kind.before is not None:
        yield f"\nsample, with seed {one.seed}"
        yield from _indented(one.kind.spell(one.kind.before))
    else:
        yield f"\nwith seed {one.seed}"
    for tried in one.tried:
        after = f", after {counted(tried.turn, 'turn')}" if tried.turn else ""
        yield f"\nat severity {tried.severity}{after}" + (f": {tried.note}" if tried.note else "")
        if tried.answer is not None and one.kind is not None:
            yield from _after(one.kind, tried.answer)


def _said(parameters: Mapping[str, Json]) -> str:
    return ", ".join(f"{name} {json.dumps(one)}" for name, one in parameters.items()) or "none"


def _after(kind: Kind, answer: Answer) -> Iterator[str]:
    """Tell what differs; where no sample is changed, the edit itself."""
    if answer.after is None:
        yield from _indented(as_json(answer.edit))
        return
    old, new = (kind.spell(value).split("\n") for value in (kind.before, answer.after))
    changes = [
        f"  {line}"
        for line in itertools.islice(difflib.unified_diff(old, new, n=0, lineterm=""), 2, None)
        if not line.startswith("@@")
    ]
    yield from changes[:_MOST]
    if len(changes) > _MOST:
        yield f"  ... {len(changes) - _MOST} lines more; --json gives all"


def _indented(text: str) -> Iterator[str]:
    return (f"    {line}".rstrip() for line in text.rstrip("\n").split("\n"))
