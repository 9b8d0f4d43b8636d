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

__all__ = ["Lowered", "lower"]

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
    if need is Need.NOTHING and not _beyond(measures(schema), dialect.bounds):
        return Lowered(spelled(schema, rules), schema, IDENTITY, ())
    caps = Caps()
    while True:
        run, root = _settled(schema, rules, limits, need, away, circular, caps)
        standard = _assembled(run, root)
        tighter = _tighter(standard, dialect.bounds, caps)
        if tighter is None:
            break
        caps = tighter
        need = Need.ENCODINGS
    codec = IDENTITY if root.step is UNCHANGED else Stepwise(root.step)
    return Lowered(spelled(standard, rules), standard, codec, run.entries)


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
    done = {
        definition_name(run, name): draft.schema
        for name, draft in run.out.items()
        if draft is not None
    }
    return {**root.schema, "$defs": done} if done else root.schema


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
    if not beyond:
        return None
    if "long_enum" in beyond or ("values" in beyond and found.depth <= 2):
        longest = _longest_enum(standard)
        if longest > 1 and (caps.values is None or longest - 1 < caps.values):
            return caps._replace(values=longest - 1)
    depth = found.depth - 1 if caps.depth is None else min(caps.depth, found.depth) - 1
    if "depth" in beyond and bounds.depth is not None and caps.depth is None:
        depth = min(depth, bounds.depth)
    return caps._replace(depth=depth) if depth >= 1 else None


def _longest_enum(schema: Json) -> int:
    from sealegs.schema.walking import subschemas

    return max(
        (len(place.node["enum"]) for place in subschemas(schema) if _has_enum(place.node)),
        default=0,
    )


def _has_enum(node: Json) -> bool:
    return isinstance(node, dict) and "enum" in node
