"""What sealegs makes of a case in every dialect, held against what it claims of it."""

from __future__ import annotations

import json
import signal
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mutations import mutated
from oracle import Oracle, compiled, same
from reading import standard

from sealegs.errors import ArgumentError, SchemaError
from sealegs.schema.canonical import canonical
from sealegs.schema.dialect import SchemaBounds
from sealegs.schema.linting import lint
from sealegs.schema.lowering import lower
from sealegs.schema.report import Report
from sealegs_plugins.dialects import ALL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from corpora import Case

    from sealegs.schema.dialect import Dialect

__all__ = ["CANONICAL", "FAULTS", "OPEN", "RULES", "STRICT", "Verdict", "judged"]

CANONICAL = "(canonical form)"
FAULTS = ("error", "invalid", "lint", "unsound", "incomplete", "unfaithful", "unstable")
STRICT = {one.strict for one in ALL}
RULES = {  # dialects that take schemas alike are judged once
    one.name: repr(
        (one.keywords, one.otherwise, one.unknown, one.shape, one.references, one.bounds)
    )
    for one in ALL
}
OPEN = ", kept open"
# where objects would be closed that their authors left open without a word, they can stay open, if
# the dialect can say of one that it is closed
RULES |= {
    one.name + OPEN: RULES[one.name] + OPEN
    for one in ALL
    if one.shape.closed or (not one.shape.open and "additionalProperties" in one.keywords)
}
_MUTATED = 3  # of a case's valid documents
_PATIENCE = 60  # seconds for one schema in one dialect


@dataclass(slots=True)
class Verdict:
    """One case in one dialect.

    Attributes:
        dialect: Its name.
        faults: What is wrong, by kind, and how it shows.
        unreadable: Refused with a typed error, and no schema for the validator either.
        valid: How many documents the schema must take.
        invalid: How many it must refuse.
        narrowed: A valid document was refused under an entry that says so.
        caught: Invalid documents that the run-time check alone refused.
        exact: Declared sound by construction.
        beyond: Larger than the dialect takes; in a strict one, strict mode is then given up.
    """

    dialect: str
    faults: dict[str, str] = field(default_factory=dict)
    unreadable: bool = False
    valid: int = 0
    invalid: int = 0
    narrowed: bool = False
    caught: int = 0
    exact: bool = False
    beyond: bool = False


def judged(case: Case, wanted: list[str] | None = None) -> list[Verdict]:
    """Judge one case in all dialects, or the wanted ones."""
    oracle = Oracle(case)
    form = Verdict(CANONICAL, valid=len(oracle.valid), invalid=len(oracle.invalid))
    found = [form]
    with _noted(form, oracle):
        made = canonical(case.schema, resources=case.resources)
        _judge_canonical(form, made, oracle)
    if "error" in form.faults or form.unreadable:
        return found
    by_rules: dict[str, Verdict] = {}
    for dialect in ALL:
        if wanted and dialect.name not in wanted:
            continue
        for name in (dialect.name, dialect.name + OPEN):
            if (rules := RULES.get(name)) is None:
                continue
            if rules not in by_rules:
                one = Verdict(name, valid=len(oracle.valid), invalid=len(oracle.invalid))
                with _noted(one, oracle):
                    _judge(one, made, dialect, oracle, opens=name.endswith(OPEN))
                by_rules[rules] = one
            found.append(replace(by_rules[rules], dialect=name))
    return found


def _bytes(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@contextmanager
def _noted(verdict: Verdict, oracle: Oracle) -> Iterator[None]:
    signal.signal(signal.SIGALRM, _alarm)
    signal.alarm(_PATIENCE)
    try:
        yield
    except SchemaError as error:
        verdict.unreadable = oracle.excused
        if not verdict.unreadable:
            verdict.faults["error"] = f"{type(error).__name__}: {error}"[:300]
    except Exception as error:
        verdict.faults["error"] = f"{type(error).__name__}: {error}"[:300]
    finally:
        signal.alarm(0)


def _alarm(*_: object) -> None:
    raise TimeoutError(f"more than {_PATIENCE} s")


def _judge_canonical(verdict: Verdict, made: Any, oracle: Oracle) -> None:
    form = _compiled(verdict, made.schema)
    check = _compiled(verdict, made.validated)
    if form is None or check is None:
        return
    for document in oracle.valid:
        if not check.is_valid(document):
            _fault(verdict, "incomplete", "the run-time check refuses", document)
        elif not form.is_valid(document) and not _says(made.entries, "narrowed"):
            _fault(verdict, "incomplete", "the canonical schema refuses", document)
    for document in oracle.invalid:
        if check.is_valid(document):
            _fault(verdict, "unsound", "the run-time check takes", document)
        elif form.is_valid(document) and not made.entries:
            _fault(verdict, "unsound", "without an entry, the canonical schema takes", document)
    again = canonical(made.schema).schema
    if _bytes(again) != _bytes(made.schema):
        verdict.faults["unstable"] = _difference(made.schema, again)


def _judge(verdict: Verdict, made: Any, dialect: Dialect, oracle: Oracle, *, opens: bool) -> None:
    lowered = lower(made.schema, dialect, opens=opens)
    entries = (*made.entries, *lowered.entries)
    verdict.exact = Report("", "", dialect.name, False, "", entries).exact
    shape = dialect.shape
    meant = standard(
        lowered.schema, openapi=shape.upper_types or shape.null == "nullable", closed=not shape.open
    )
    if found := lint(lowered.schema, dialect):
        unbounded = lint(lowered.schema, replace(dialect, bounds=SchemaBounds()))
        if unbounded or dialect.name not in STRICT:
            verdict.faults["lint"] = str((unbounded or found)[0])[:300]
        verdict.beyond = not unbounded
    again = lower(canonical(lowered.schema).schema, dialect, opens=opens).schema
    if _bytes(again) != _bytes(lowered.schema):
        verdict.faults["unstable"] = _difference(lowered.schema, again)
    validator = _compiled(verdict, meant)
    if validator is None or oracle.problem:
        return
    for document in oracle.valid:
        _judge_valid(verdict, lowered.codec, validator, entries, document)
    for document in oracle.invalid:
        sent = [lowered.codec.encode(document), document]
        taken = [one for one in sent if validator.is_valid(one)]
        refused = [one for one in taken if not _right(verdict, lowered.codec, oracle, one)]
        verdict.caught += bool(refused)
    for document in oracle.valid[:_MUTATED]:
        for one in mutated(lowered.codec.encode(document)):
            if validator.is_valid(one):
                _right(verdict, lowered.codec, oracle, one)


def _judge_valid(verdict: Verdict, codec: Any, validator: Any, entries: Any, document: Any) -> None:
    before = _bytes(document)
    sent = codec.encode(document)
    if not validator.is_valid(sent):
        if _says(entries, "narrowed"):
            verdict.narrowed = True
        else:
            _fault(verdict, "incomplete", "refused after encoding", document)
    elif not same(back := codec.decode(sent), document):
        _fault(verdict, "unfaithful", f"comes back as {_bytes(back)[:200]}", document)
    if _bytes(document) != before:
        _fault(verdict, "unfaithful", "changed in place", document)


def _right(verdict: Verdict, codec: Any, oracle: Oracle, sent: Any) -> bool:
    """Whether what the converted schema takes is taken by the original; note a false claim."""
    try:
        arguments = codec.decode(sent)
    except ArgumentError:
        return False
    if oracle.accepts(arguments):
        return True
    if verdict.exact:
        _fault(verdict, "unsound", f"declared exact, gives {_bytes(arguments)[:200]}", sent)
    return False


def _compiled(verdict: Verdict, schema: Any) -> Any:
    try:
        return compiled(schema)
    except ValueError as error:
        verdict.faults["invalid"] = f"{error}: {_bytes(schema)[:200]}"
        return None


def _says(entries: Any, change: str) -> bool:
    return any(entry.change == change for entry in entries)


def _fault(verdict: Verdict, kind: str, said: str, document: Any) -> None:
    text = f"{said}: {_bytes(document)[:300]}"
    if kind not in verdict.faults or len(text) < len(verdict.faults[kind]):
        verdict.faults[kind] = text


def _difference(one: Any, other: Any) -> str:
    """Show where two documents part."""
    first, second = _bytes(one), _bytes(other)
    at = next((n for n, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), 0)
    start = max(0, at - 60)
    return f"…{first[start : at + 60]}… became …{second[start : at + 60]}…"
