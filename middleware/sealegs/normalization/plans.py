"""Plans of the tools of requests, made once for equal definitions."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from sealegs.exchange import ToolUse
from sealegs.jsons import Json, dump
from sealegs.memo import Memo
from sealegs.schema.carried import Carried, carried, forms_of, placed, raw_tools
from sealegs.schema.forms import exampled
from sealegs.schema.planning import StrictPolicy, ToolPlan, ToolsPlan, plan_tools

if TYPE_CHECKING:
    from sealegs.calls.saying import ToolLens
    from sealegs.errors import SchemaError
    from sealegs.schema.dialect import Dialect
    from sealegs.schema.forms import ToolForm
    from sealegs.wire import Document

__all__ = ["Planner", "RequestPlan", "Rules"]

_REMEMBERED = 16 * 1024 * 1024
_RECENT, _GLANCE = 64, 64


class Rules(msgspec.Struct, frozen=True):
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
        raw, path = raw_tools(document, rules.lens)
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
        forms = forms_of(self._forms, rules.wire, rules.dialect.form)
        read = list(carried(tools, forms)) if tools else []
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
            msgspec.Raw(dump(placed(tools, new))) if new else None,
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

    def _written(self, one: Carried, tool: ToolPlan, path: str, rules: Rules) -> Json:
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
