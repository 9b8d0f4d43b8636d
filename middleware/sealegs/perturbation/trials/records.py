"""Records of trials as JSON, and back: what one process did, for another to judge."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, replace

import msgspec

from sealegs.errors import ProfileError
from sealegs.jsons import Json, is_object
from sealegs.perturbation.kinds import read_injection, read_part, write_injection
from sealegs.perturbation.trials.receipts import Receipt, TrialFacts, TrialRecord

__all__ = ["read_record", "write_record"]

_VERSION = 1


def write_record(record: TrialRecord) -> dict[str, Json]:
    """Give a record as JSON. It holds edits, and so what the agent was told."""
    facts: dict[str, Json] = msgspec.to_builtins(replace(record, receipts=()))
    return {"version": _VERSION, **facts, "receipts": [_receipt(one) for one in record.receipts]}


def read_record(value: Json, source: str) -> TrialRecord:
    """Read a record.

    Raises:
        ProfileError: it is none, or of another version; names the place.
    """
    version = value.get("version") if is_object(value) else None
    if version != _VERSION:
        raise ProfileError(source, "version", f"is {version!r}; this is version {_VERSION}")
    facts = {key: part for key, part in value.items() if key not in ("version", "receipts")}
    receipts = read_part({"receipts": value.get("receipts", [])}, _Receipts, source, "record")
    known = read_part(facts, TrialFacts, source, "record")
    return TrialRecord(
        **{field.name: getattr(known, field.name) for field in dataclasses.fields(known)},
        receipts=tuple(
            _read_receipt(one, source, f"receipts[{at}]")
            for at, one in enumerate(receipts.receipts)
        ),
    )


@dataclass(frozen=True, slots=True)
class _Receipts:
    receipts: list[Json]


@dataclass(frozen=True, slots=True)
class _Receipt:
    """A receipt as a file holds it."""

    injection: Json
    use: int
    fired: bool = True
    delivered: bool = False
    evidence: str = ""
    seen: bool = False
    reason: str = ""
    lost: tuple[str, ...] = ()


def _receipt(one: Receipt) -> dict[str, Json]:
    facts = {field.name: getattr(one, field.name) for field in dataclasses.fields(one)}
    return {**facts, "injection": write_injection(one.injection), "lost": list(one.lost)}


def _read_receipt(value: Json, source: str, place: str) -> Receipt:
    shape = read_part(value, _Receipt, source, place)
    return Receipt(
        read_injection(shape.injection, source, f"{place}.injection"),
        shape.use,
        shape.fired,
        shape.delivered,
        shape.evidence,
        shape.seen,
        shape.reason,
        shape.lost,
    )
