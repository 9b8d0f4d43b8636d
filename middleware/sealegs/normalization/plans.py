"""Plans of the tools of requests, made once for equal definitions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from sealegs.exchange import ToolUse
from sealegs.jsons import Json, dump, is_object
from sealegs.memo import Memo
from sealegs.schema.forms import exampled
from sealegs.schema.planning import StrictPolicy, ToolPlan, ToolsPlan, plan_tools

if TYPE_CHECKING:
    from sealegs.calls.saying import ToolLens
    from sealegs.errors import SchemaError
    from sealegs.schema.definition import ToolDefinition
    from sealegs.schema.dialect import Dialect
    from sealegs.schema.forms import ToolForm
    from sealegs.wire import Document

__all__ = ["Planner", "RequestPlan", "Rules"]

_REMEMBERED = 16 * 1024 * 1024
_RECENT, _GLANCE = 64, 64


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for one request's tools.

    Attributes:
        wire: the request's wire format.
        lens: knows where it keeps tools and calls.
        dialect: what the provider accepts.
        strict: what its strict mode accepts, if it has one.
    """

    wire: str
    lens: ToolLens
    dialect: Dialect
    strict: Dialect | None


@dataclass(frozen=True, slots=True)
class RequestPlan:
    """What the tools of one request become, ready to be put into it.

    Attributes:
        plan: the tools' plans.
        path: the request parameter that holds the definitions.
        tools: its new value, spelled; ``None`` where it goes out as it came.
        renames: whether a tool has another name for the model.
        use: the record of it, to which each exchange adds its own.
        unread: why tools cannot be read.
    """

    plan: ToolsPlan
    path: str
    tools: msgspec.Raw | None
    renames: bool
    use: ToolUse
    unread: tuple[SchemaError, ...]


@dataclass(frozen=True, slots=True)
class _Read:
    """One definition of a request, where it stands and in which form."""

    path: tuple[str | int, ...]
    raw: Json
    form: ToolForm
    definition: ToolDefinition


class Planner:
    """Plans requests' tools; equal definitions for one dialect are planned once.

    Args:
        forms: the forms in which definitions come, by name.
        policy: for which tools strict mode is asked for.
        opens: whether objects stay open where strict mode would close them.
    """

    __slots__ = ("_forms", "_memo", "_opens", "_policy", "_recent")

    def __init__(
        self, forms: Mapping[str, ToolForm], policy: StrictPolicy, *, opens: bool = False
    ) -> None:
        self._forms = forms
        self._policy: StrictPolicy = policy
        self._opens = opens
        self._memo = Memo(_REMEMBERED)
        self._recent: dict[object, tuple[bytes, RequestPlan]] = {}

    def plan(self, document: Document, rules: Rules) -> RequestPlan:
        """Plan the tools of a request; one without tools has an empty plan."""
        raw, path = document.tools, rules.lens.tools
        if not raw and rules.lens.legacy_tools:
            legacy = document.parameter(rules.lens.legacy_tools)
            raw, path = (dump(legacy), rules.lens.legacy_tools) if legacy else (b"", path)
        # to compare is ten times faster than to hash, and the next request has the same tools
        glance = (len(raw), raw[:_GLANCE], raw[-_GLANCE:], rules.wire, rules.dialect.name, path)
        seen = self._recent.get(glance)
        if seen is not None and seen[0] == raw:
            return seen[1]
        digest = hashlib.blake2b(raw, digest_size=16).digest()
        key = (digest, rules.wire, rules.dialect.name, path)
        plan = self._memo.get(key, 4 * len(raw) + 256, self._made, document, path, rules)
        if len(self._recent) >= _RECENT:  # a fresh one, for another thread may be reading the old
            self._recent = {}
        self._recent[glance] = raw, plan
        return plan

    def _made(self, document: Document, path: str, rules: Rules) -> RequestPlan:
        tools = document.parameter(path)
        read = list(self._read(tools, rules)) if tools else []
        plan = plan_tools(
            [one.definition for one in read],
            rules.dialect,
            strict=rules.strict,
            policy=self._policy,
            opens=self._opens,
            tolerant=True,
        )
        written = [
            (one.path, self._written(one, tool, path, rules), one.raw)
            for one, tool in zip(read, plan.tools, strict=True)
            if tool.error is None
        ]
        new = [(place, made) for place, made, raw in written if made != raw]
        unread = [tool for tool in plan.tools if tool.error]
        return RequestPlan(
            plan,
            path,
            msgspec.Raw(dump(_placed(tools, new))) if new else None,
            any(tool.sent != tool.definition.name for tool in plan.tools),
            ToolUse(
                rules.dialect.name,
                plan.reports,
                tuple(tool.definition.name for tool in unread),
                len(new),
                lossy=tuple(one.tool for one in plan.reports if one.level == "lossy"),
            ),
            tuple(tool.error for tool in unread if tool.error),
        )

    def _read(self, tools: Json, rules: Rules) -> Iterator[_Read]:
        """Read the definitions in their order, each in the first form that fits."""
        found: dict[tuple[str | int, ...], _Read] = {}
        for form in self._forms_of(rules):
            for path, raw in form.slots(tools):
                definition = None if path in found else form.read(raw)
                if definition is not None:
                    found[path] = _Read(path, raw, form, definition)
        yield from (found[path] for path in sorted(found, key=_by_place))

    def _forms_of(self, rules: Rules) -> Sequence[ToolForm]:
        """Give the forms that the wire carries, the dialect's own first."""
        carried = [form for form in self._forms.values() if rules.wire in form.wires]
        return sorted(carried, key=lambda form: form.name != rules.dialect.form)

    def _written(self, one: _Read, tool: ToolPlan, path: str, rules: Rules) -> Json:
        """Write a definition in the dialect's form; a legacy list keeps its own."""
        named = self._forms.get(rules.dialect.form)
        form = named if named and path == rules.lens.tools else one.form
        return form.write(
            name=tool.sent,
            description=tool.description,
            parameters=tool.parameters,
            strict=tool.strict,
            base=exampled(one.raw, form, tool.lowered.codec),
        )


def _by_place(path: tuple[str | int, ...]) -> tuple[tuple[bool, int | str], ...]:
    """Order paths as they stand; a list's members by their index."""
    return tuple((isinstance(part, str), part) for part in path)


def _placed(tools: Json, new: Sequence[tuple[tuple[str | int, ...], Json]]) -> Json:
    """Give a copy of the tools with some definitions replaced."""
    for path, value in new:
        tools = _with(tools, path, value)
    return tools


def _with(whole: Json, path: Sequence[str | int], value: Json) -> Json:
    if not path:
        return value
    copy: Json = dict(whole) if is_object(whole) else list(whole)
    copy[path[0]] = _with(copy[path[0]], path[1:], value)
    return copy
