"""Lowering: a canonical JSON Schema becomes what a dialect accepts, with the way back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sealegs.jsons import Json
from sealegs.schema.codec import IDENTITY, UNCHANGED, Codec, Stepwise
from sealegs.schema.dialect import Dialect, SchemaBounds
from sealegs.schema.encodings.nodes import drive
from sealegs.schema.encodings.referring import definition_name
from sealegs.schema.encodings.roots import lower_root
from sealegs.schema.encodings.run import Caps, Draft, Run
from sealegs.schema.limits import DEFAULT, Limits
from sealegs.schema.measuring import Measures, measures
from sealegs.schema.report import Entry
from sealegs.schema.rewrites.references import circles, unkept
from sealegs.schema.rewrites.rules import Rules
from sealegs.schema.rewrites.spelling import spelled
from sealegs.schema.rewrites.surveying import Need, survey
from sealegs.schema.walking import subschemas

__all__ = ["Lowered", "lower"]

_UNBOUNDED = SchemaBounds()

_ROUNDS = 4
"""How often a guess about which definitions change arguments may turn out wrong."""


@dataclass(frozen=True, slots=True)
class Lowered:
    """What became of one schema.

    Attributes:
        schema: as it is sent, spelled as the dialect spells it.
        standard: the same schema in plain 2020-12, for validators.
        codec: maps arguments of the canonical schema to arguments of the lowered one, and back.
        entries: what became of each affected keyword.
    """

    schema: Json
    standard: Json
    codec: Codec
    entries: tuple[Entry, ...]


def lower(schema: Json, dialect: Dialect, *, limits: Limits = DEFAULT) -> Lowered:
    """Lower a canonical schema.

    Args:
        schema: as `sealegs.schema.canonical.canonical` gives it.
        dialect: where it goes.
        limits: how much work it may cause.

    Raises:
        sealegs.errors.SchemaLimitError: the schema is larger than the limits allow.
    """
    rules = Rules(dialect)
    defs: Mapping[str, Json] = schema.get("$defs", {})
    circular = circles(defs)
    away = unkept(defs, dialect.references)
    need = survey(schema, rules, away, circular)
    bounds = dialect.bounds
    if bounds != _UNBOUNDED:
        counts = measures(schema)
        if _beyond(counts, bounds) or counts.required < (bounds.required or 0):
            need = Need.ENCODINGS
    if need is Need.NOTHING:
        return Lowered(spelled(schema, rules), schema, IDENTITY, ())
    caps: Caps | None = Caps(bounds.depth)
    first: Lowered | None = None
    while caps is not None:
        run, root = _settled(schema, rules, limits, need, away, circular, caps)
        standard = _assembled(run, root)
        codec = IDENTITY if root.step is UNCHANGED else Stepwise(root.step)
        lowered = Lowered(spelled(standard, rules), standard, codec, run.entries)
        if bounds == _UNBOUNDED or not _beyond(measures(standard), bounds):
            return lowered
        first = first or lowered
        caps = _tighter(standard, bounds, caps)
        need = Need.ENCODINGS
    return first or lowered


def _settled(
    schema: Json,
    rules: Rules,
    limits: Limits,
    need: Need,
    away: frozenset[str],
    circular: frozenset[str],
    caps: Caps,
) -> tuple[Run, Draft]:
    """Lower until what was guessed of definitions that refer to themselves is true."""
    defs: Mapping[str, Json] = schema.get("$defs", {})
    changing: frozenset[str] = frozenset()
    for attempt in range(_ROUNDS + 1):
        run = Run(
            rules,
            limits,
            defs,
            flat=need is Need.ENCODINGS,
            unkept=away,
            circular=circular,
            most=limits.nodes + limits.inlined,
            caps=caps,
            changing=changing,
        )
        root = drive(run, lower_root, schema)
        if run.again and need is not Need.ENCODINGS:
            return _settled(schema, rules, limits, Need.ENCODINGS, away, circular, caps)
        wrong = {name for name in run.assumed - changing if _changes(run, name)}
        if not wrong:
            break
        changing = frozenset(defs) if attempt == _ROUNDS - 1 else changing | wrong
    return run, root


def _changes(run: Run, name: str) -> bool:
    done = run.out.get(name)
    return done is not None and done.step is not UNCHANGED


def _assembled(run: Run, root: Draft) -> Json:
    """Put the definitions that are still referred to below the root."""
    if not run.out:
        return root.schema
    used = _used(run, root.schema)
    done = {
        definition_name(run, name): draft.schema
        for name, draft in run.out.items()
        if draft is not None and name in used
    }
    return {**root.schema, "$defs": done} if done else root.schema


def _used(run: Run, schema: Json) -> set[str]:
    """Give the definitions that are referred to, from the root or from one that is."""
    used: set[str] = set()
    todo: list[Json] = [schema]
    while todo:
        for place in subschemas(todo.pop()):
            reference = place.node.get("$ref") if isinstance(place.node, dict) else None
            name = run.names.get(reference) if isinstance(reference, str) else None
            draft = run.out.get(name) if name is not None and name not in used else None
            if name is not None and draft is not None:
                used.add(name)
                todo.append(draft.schema)
    return used


def _beyond(found: Measures, bounds: SchemaBounds) -> list[str]:
    """Give the bounds that a schema is beyond."""
    pairs = (
        ("depth", found.depth, bounds.depth),
        ("properties", found.properties, bounds.properties),
        ("values", found.values, bounds.values),
        ("characters", found.characters, bounds.characters),
        ("long_enum", found.long_enum, bounds.long_enum),
        ("size", found.size, bounds.size),
        ("optional", found.optional, bounds.optional),
        ("unions", found.unions, bounds.unions),
        ("branches", found.branches, bounds.branches),
    )
    return [name for name, count, most in pairs if most is not None and count > most]


def _tighter(standard: Json, bounds: SchemaBounds, caps: Caps) -> Caps | None:
    """Give tighter caps where a schema is beyond its bounds; ``None`` where nothing can help."""
    found = measures(standard)
    beyond = _beyond(found, bounds)
    if beyond == ["optional"] and bounds.optional is not None and not caps.forced:
        return caps._replace(forced=found.optional - bounds.optional)
    if "long_enum" in beyond or ("values" in beyond and found.depth <= 2):
        longest = _longest_enum(standard)
        if longest > 1 and (caps.values is None or longest - 1 < caps.values):
            return caps._replace(values=longest - 1)
    depth = found.depth - 1 if caps.depth is None else min(caps.depth, found.depth) - 1
    return caps._replace(depth=depth) if depth >= 1 else None


def _longest_enum(schema: Json) -> int:
    return max(
        (len(place.node["enum"]) for place in subschemas(schema) if _has_enum(place.node)),
        default=0,
    )


def _has_enum(node: Json) -> bool:
    return isinstance(node, dict) and "enum" in node
