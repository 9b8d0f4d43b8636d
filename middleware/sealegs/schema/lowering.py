"""Lowering: a canonical JSON Schema becomes what a dialect accepts, with the way back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sealegs.jsons import Json, dump, is_object
from sealegs.schema.codec import IDENTITY, UNCHANGED, Codec, Stepwise
from sealegs.schema.dialect import Dialect
from sealegs.schema.encodings.capping import beyond, fitted, surely_within
from sealegs.schema.encodings.nodes import drive
from sealegs.schema.encodings.plain import plainly
from sealegs.schema.encodings.roots import lower_root
from sealegs.schema.encodings.run import Caps, Draft, Run
from sealegs.schema.limits import DEFAULT, Limits
from sealegs.schema.measuring import measures
from sealegs.schema.report import Entry
from sealegs.schema.rewrites.references import circles, unkept
from sealegs.schema.rewrites.rules import Rules
from sealegs.schema.rewrites.spelling import spelled
from sealegs.schema.rewrites.standing import Need
from sealegs.schema.rewrites.surveying import survey
from sealegs.schema.walking import subschemas

__all__ = ["Lowered", "lower"]

_NONE = frozenset[str]()

_ROOM = 100
"""How many bytes a subschema that is written out may need, on average."""

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


def lower(
    schema: Json, dialect: Dialect, *, limits: Limits = DEFAULT, opens: bool = False
) -> Lowered:
    """Lower a canonical schema.

    Args:
        schema: as `sealegs.schema.canonical.canonical` gives it.
        dialect: where it goes.
        limits: how much work it may cause.
        opens: what becomes of properties of which a schema says nothing, where a dialect wants
            every object closed: they are shut out, which is reported as narrowing; or they are let
            in, in a list of pairs beside the declared ones.

    Raises:
        sealegs.errors.SchemaLimitError: the schema is larger than the limits allow.
    """
    rules = Rules.of(dialect, opens=opens)
    at_once = _at_once(schema, rules, limits) if rules.plainly else None
    if at_once is not None:
        return at_once
    defs: Mapping[str, Json] = schema.get("$defs", {})
    circular = circles(defs) if defs else _NONE
    away = unkept(defs, dialect.references) if defs else _NONE
    need, size, levels = survey(schema, rules, away, circular)
    bounds = dialect.bounds
    if need is not Need.ENCODINGS:
        need = max(need, _bounded(schema, rules, levels))
    if need is Need.NOTHING:
        return Lowered(spelled(schema, rules), schema, IDENTITY, ())
    job = _Job(schema, rules, limits, need, away, circular, size, levels)
    if rules.bounded:
        if away:
            bounds = replace(bounds, size=min(bounds.size or limits.size, limits.size))
        return fitted(job.lowered, bounds, most=limits.size)
    whole, _, _ = job.lowered(Caps())
    if away and len(dump(whole.standard)) > limits.size:
        return fitted(job.lowered, replace(bounds, size=limits.size), most=limits.size)
    return whole


def _at_once(schema: Json, rules: Rules, limits: Limits) -> Lowered | None:
    """Lower a tool that is plain throughout; ``None`` where there must be a survey first."""
    most = min(limits.inlined, limits.size // _ROOM)
    run = Run(rules, limits, {}, flat=True, unkept=_NONE, circular=_NONE, most=most)
    root = plainly(run, schema)
    if root is None or run.inlined > most:
        return None
    general = run.aside or run.inlined > 0
    if general and schema.get("additionalProperties") is False:
        return None  # perhaps it needs no encodings, and keeps its form
    levels, bounds = run.deepest + run.wraps + 1, rules.dialect.bounds
    if rules.bounded and (general or not surely_within(root.schema, bounds, levels)):
        counts = measures(root.schema)
        if counts.size > limits.size or beyond(counts, bounds):
            return None
    return _told(run, root, root.schema)


def _told(run: Run, root: Draft, standard: Json) -> Lowered:
    codec = IDENTITY if root.step is UNCHANGED else Stepwise(root.step)
    return Lowered(spelled(standard, run.rules), standard, codec, run.entries)


def _bounded(schema: Json, rules: Rules, levels: int) -> Need:
    """Say what a schema needs to stay within a dialect's bounds."""
    bounds = rules.dialect.bounds
    if not rules.bounded:
        return Need.NOTHING
    if bounds.required and len(schema.get("required", ())) < bounds.required:
        return Need.ENCODINGS
    if surely_within(schema, bounds, levels):
        return Need.NOTHING
    return Need.ENCODINGS if beyond(measures(schema), bounds) else Need.NOTHING


@dataclass(frozen=True, slots=True)
class _Job:
    """A schema that needs to be lowered; see `Run` for the attributes."""

    schema: Json
    rules: Rules
    limits: Limits
    need: Need
    unkept: frozenset[str]
    circular: frozenset[str]
    size: int
    levels: int

    def lowered(self, caps: Caps) -> tuple[Lowered, Json, int]:
        """Lower with some caps; beside it are the schema, and how many levels it may have."""
        flat = self.need is Need.ENCODINGS or caps != Caps()
        run, root = self._settled(caps, flat=flat)
        standard = _assembled(run, root)
        return _told(run, root, standard), standard, max(run.deepest, self.levels) + run.wraps + 1

    def _settled(self, caps: Caps, *, flat: bool) -> tuple[Run, Draft]:
        """Lower until what was guessed of definitions that refer to themselves is true."""
        changing: frozenset[str] = frozenset()
        attempt = 0
        while True:
            run = self._run(caps, changing, flat=flat)
            plain = plainly(run, self.schema) if flat else None
            if plain is not None:
                return run, plain
            run = self._run(caps, changing, flat=flat)
            root = drive(run, lower_root, self.schema)
            if run.again and not flat:
                flat = True
                continue
            wrong = {name for name in run.assumed - changing if _changes(run, name)}
            if not wrong:
                return run, root
            attempt += 1
            changing = frozenset(run.defs) if attempt == _ROUNDS else changing | wrong

    def _run(self, caps: Caps, changing: frozenset[str], *, flat: bool) -> Run:
        return Run(
            self.rules,
            self.limits,
            self.schema.get("$defs", {}),
            flat=flat,
            unkept=self.unkept,
            circular=self.circular,
            most=self.size + min(self.limits.inlined, self.limits.size // _ROOM),
            caps=caps,
            forced=caps.forced,
            changing=changing,
        )


def _changes(run: Run, name: str) -> bool:
    done = run.out.get(name)
    return done is not None and done.step is not UNCHANGED


def _assembled(run: Run, root: Draft) -> Json:
    """Put the definitions that are still referred to below the root."""
    if not run.out:
        return root.schema
    done = {
        run.rules.definition(name): draft.schema for name, draft in _used(run, root.schema).items()
    }
    return {**root.schema, "$defs": done} if done else root.schema


def _used(run: Run, schema: Json) -> dict[str, Draft]:
    """Give the definitions that are referred to, in the order of first use."""
    used: dict[str, Draft] = {}
    bodies: list[Json] = [schema]
    for body in bodies:
        for place in subschemas(body):
            reference = place.node.get("$ref") if is_object(place.node) else None
            name = run.names.get(reference) if isinstance(reference, str) else None
            draft = run.out.get(name) if name is not None and name not in used else None
            if name is not None and draft is not None:
                used[name] = draft
                bodies.append(draft.schema)
    return used
