"""Values of the wrong type, made right where the schema leaves no doubt.

Only what the schema refuses is looked at, and what stays refused is put back as it was. So a value
that the schema accepts is never touched, but for decimals that stand for integers: JSON Schema
takes ``3.0`` for an integer, and most tools do not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sealegs.calls.admitting import admitted, declared_in, free_text, schemas_at, type_of
from sealegs.calls.coercing import as_one_of, as_type
from sealegs.calls.integers import with_integers
from sealegs.calls.pointers import GONE, Path, at, copied, path_of, pointer_to, put
from sealegs.calls.repairs import Parsed, Repair, RepairClass, worse
from sealegs.calls.spelling import respelled
from sealegs.calls.strictness import same
from sealegs.calls.validating import Problem, Validator
from sealegs.jsons import Json, is_object

__all__ = ["conform"]

_ROUNDS = 8
_MOST = 5_000
_TRIALS = 2_000
_BRANCHES = 50
_NESTED = 4
_NAMING = frozenset({"required", "additionalProperties", "unevaluatedProperties"})
_VALUED = frozenset({"type", "enum", "const", "anyOf", "oneOf"})


def conform(value: Json, validator: Validator, schema: Json, *, recases: bool = False) -> Parsed:
    """Coerce what the schema refuses, and nothing else.

    Args:
        value: the arguments.
        validator: of the schema.
        schema: the schema as the model saw it.
        recases: the provider may have changed the case of enum values and constants.

    Returns:
        The value with all that could be coerced; the very value where nothing could. It may still
        be refused, for other reasons.

    >>> schema = {"properties": {"days": {"type": "integer"}}}
    >>> conform({"days": "3"}, Validator(schema), schema).value
    {'days': 3}
    """
    if validator.accepts(value):
        return with_integers(Parsed(value), schema)
    return _Conformer(schema, recases, [_TRIALS]).conform(value, validator)


@dataclass(frozen=True, slots=True)
class _Change:
    """One place that was coerced.

    Attributes:
        path: the place.
        after: what stands there now.
        cause: the problem that it answers.
        repairs: what was done, with pointers from the root.
    """

    path: Path
    after: Json
    cause: Problem
    repairs: tuple[Repair, ...]


class _Conformer:
    """Coerces by one schema; knows the validators of its branches.

    ``trials`` says how many branches may still be tried, in all conformers of a value together.
    """

    def __init__(self, root: Json, recases: bool, trials: list[int]) -> None:
        self.root, self.recases, self.trials = root, recases, trials
        self.branches: dict[int, _Branch] = {}

    def conform(self, value: Json, validator: Validator, depth: int = 0) -> Parsed:
        changed = value
        changes: list[_Change] = []
        problems = first = validator.problems(value, _MOST)
        for _ in range(_ROUNDS if depth < _NESTED else 0):
            if not problems:
                break
            changed = copied(value) if changed is value else changed
            more, changed = self._round(changed, problems, depth)
            if not more:
                break
            changes.extend(more)
            problems = validator.problems(changed, _MOST)
        kept = _lasting(changes, changed, problems, first)
        if len(kept) < len(changes):
            changed = copied(value) if kept else value
            for change in kept:
                changed = put(changed, change.path, change.after)
        repairs = tuple(repair for change in kept for repair in change.repairs)
        done = Parsed(changed if kept else value, repairs)
        return done if depth else with_integers(done, self.root)

    def _round(
        self, value: Json, problems: Sequence[Problem], depth: int
    ) -> tuple[list[_Change], Json]:
        """Answer each problem once, in a value that may be changed in place."""
        changes: list[_Change] = []
        touched: set[Path] = set()
        spelled: set[Path] = set()  # an object's names are looked through once
        for problem in problems:
            path = path_of(problem.pointer, value)
            if any(path[:length] in touched for length in range(len(path) + 1)):
                continue
            if problem.keyword in _NAMING and path in spelled:
                continue
            spelled |= {path} if problem.keyword in _NAMING else set()
            change = self._answer(value, path, problem, depth)
            if change is not None:
                value = put(value, path, change.after)
                touched.add(path)
                changes.append(change)
        return changes, value

    def _answer(self, value: Json, path: Path, problem: Problem, depth: int) -> _Change | None:
        node = at(value, path)
        answer = self._coerced(node, problem, depth)
        if answer is None:
            member = node is None and path and is_object(at(value, path[:-1]))
            return self._absent(path, problem) if member else None
        if same(answer.value, node):
            return None
        here = problem.pointer
        repairs = tuple(replace(one, pointer=here + one.pointer) for one in answer.repairs)
        return _Change(path, answer.value, problem, repairs)

    def _absent(self, path: Path, problem: Problem) -> _Change | None:
        """Take a null that is not admitted for a member that is not there.

        The check says whether it may be absent. Where the name is not declared, as in a map, it may
        be that the null is wrong and not the member.
        """
        if problem.keyword not in _VALUED:
            return None
        parents = schemas_at(self.root, path[:-1])
        declared = any(path[-1] in declared_in(one, self.root) for one in parents)
        sure: RepairClass = "unambiguous" if declared else "guess"
        repair = Repair(problem.pointer, sure, "absent for null")
        return _Change(path, GONE, problem, (repair,))

    def _coerced(self, node: Json, problem: Problem, depth: int) -> Parsed | None:
        schema = problem.schema
        match problem.keyword:
            case "type":
                return as_type(node, admitted({"type": schema["type"]}, self.root))
            case "enum":
                return as_one_of(node, schema["enum"], recases=self.recases)
            case "const":
                return as_one_of(node, [schema["const"]], recases=self.recases)
            case "anyOf" | "oneOf":
                return self._branched(node, schema[problem.keyword], depth)
            case keyword if keyword in _NAMING:
                return respelled(node, schema, self.root)
            case _:
                return None

    def _branched(self, node: Json, branches: Json, depth: int) -> Parsed | None:
        """Coerce by each branch of a union; take the surest that its branch then accepts."""
        found: list[Parsed] = []
        taking_text = isinstance(node, str) and any(free_text(one, self.root) for one in branches)
        for branch in branches[:_BRANCHES]:
            if taking_text and not free_text(branch, self.root):
                continue  # a text is not touched where one is admitted
            one = self._branch(branch).coerced(node, depth + 1)
            if one is not None:
                found.append(one)
        return _surest(found)

    def _branch(self, branch: Json) -> _Branch:
        known = self.branches.get(id(branch))
        if known is None:
            schema = branch
            if is_object(branch) and is_object(self.root):
                names = ("$schema", "$defs", "definitions")
                schema = {name: self.root[name] for name in names if name in self.root} | branch
            conformer = _Conformer(schema, self.recases, self.trials)
            types = admitted(branch, self.root)
            known = self.branches[id(branch)] = _Branch(branch, types, Validator(schema), conformer)
        return known


@dataclass(frozen=True, slots=True)
class _Branch:
    """One branch of a union as a schema of its own; held, so that no other gets its identity."""

    schema: Json
    types: frozenset[str]
    validator: Validator
    conformer: _Conformer

    def coerced(self, node: Json, depth: int) -> Parsed | None:
        """Coerce a value so that the branch accepts it; ``None`` where that cannot be."""
        if self.validator.broken:
            return None
        if type_of(node) not in self.types:
            direct = as_type(node, self.types)
            if direct is None or self.validator.accepts(direct.value):
                return direct
            if direct.worst == "guess":
                return None  # one guess is enough
        if self.conformer.trials[0] <= 0:
            return None
        self.conformer.trials[0] -= 1
        one = self.conformer.conform(node, self.validator, depth)
        return one if one.repairs and self.validator.accepts(one.value) else None


def _lasting(
    changes: list[_Change], value: Json, problems: Sequence[Problem], first: Sequence[Problem]
) -> list[_Change]:
    """Give the changes that helped: what is still refused there, or is now elsewhere, did not."""
    if not problems or not changes:
        return changes
    refused = {_what(one) for one in problems}
    news = {one.pointer for one in problems if one.keyword == "required"}
    news -= {one.pointer for one in first if one.keyword == "required" and _what(one) in refused}
    around = {
        path[:length]
        for path in (path_of(one.pointer, value) for one in problems)
        for length in range(len(path) + 1)
    }
    kept: list[_Change] = []
    lost: set[Path] = set()
    for change in changes:
        if change.cause.keyword in _NAMING:
            failed = _what(change.cause) in refused
        else:
            failed = change.path in around
        if change.after is GONE:
            failed = pointer_to(change.path[:-1]) in news
        if failed or any(change.path[:length] in lost for length in range(len(change.path))):
            lost.add(change.path)
        else:
            kept.append(change)
    return kept


def _what(problem: Problem) -> tuple[str, str, str]:
    return problem.pointer, problem.keyword, problem.message


def _surest(found: list[Parsed]) -> Parsed | None:
    if not found:
        return None
    best = found[0]
    for one in found[1:]:
        if worse(best.worst, one.worst):
            best = one
    rivals = [one for one in found if one.worst == best.worst and not same(one.value, best.value)]
    if not rivals or best.worst in ("guess", "truncated"):
        return best
    return Parsed(best.value, tuple(replace(one, repair="guess") for one in best.repairs))
