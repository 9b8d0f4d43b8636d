"""A request's tools, as the operators of a trial leave them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, cast

import msgspec

from sealegs.errors import PerturbationError
from sealegs.jsons import Json, dump
from sealegs.perturbation.edits import ToolsEdit
from sealegs.perturbation.operators import About, Site, ToolsOperator
from sealegs.perturbation.requests.renaming import Renaming
from sealegs.perturbation.requests.scenes import Scene
from sealegs.perturbation.requests.told_tools import Tool
from sealegs.perturbation.requests.toolsets import Toolset
from sealegs.perturbation.trial import Active, Edit
from sealegs.perturbation.trials.selecting import tools_in_scope
from sealegs.schema.carried import forms_of, raw_tools

if TYPE_CHECKING:
    from sealegs.calls.saying import ToolLens
    from sealegs.schema.forms import ToolForm
    from sealegs.wire import Document

__all__ = ["Equipped", "equipped"]

_NO_LENS = "nobody knows where this wire format keeps its tools"


@dataclass(frozen=True, slots=True, eq=False)
class Equipped:
    """What becomes of a request's tools.

    Attributes:
        number: tells it apart from all others of its trial.
        renaming: the names on both sides.
        path: the request parameter that holds the definitions.
        tools: its new value, spelled; ``None``: it stays.
        came: the tools as they came, as they are told, and those that are missing; kept, because
            their identity counts.
    """

    number: int
    renaming: Renaming
    path: str
    tools: msgspec.Raw | None
    came: tuple[Toolset, Toolset, Mapping[str, Tool]]

    def parameters(self, document: Document, lens: ToolLens) -> Mapping[str, Json]:
        """Give the request parameters that tell of it."""
        told: dict[str, Json] = {} if self.tools is None else {self.path: self.tools}
        if self.renaming.renames:
            told.update(lens.renamed(document, self.renaming.name))
        return told


def equipped(
    document: Document, scene: Scene, forms: Mapping[str, ToolForm], turn: int
) -> Equipped | None:
    """Ask the operators about a request's tools; ``None``: they go out as they came."""
    actives = scene.trial.of(ToolsOperator)
    if not actives:
        return None
    lens, carried = scene.tools, forms_of(forms, scene.wire.name)
    if lens is None or not carried:
        for active in actives:
            scene.skip(active, _site(active, scene, turn), _NO_LENS)
        return None
    raw, path = raw_tools(document, lens)
    size, memory = 4 * len(raw), scene.memory
    try:
        place = ("toolset", scene.wire.name, path, raw)
        came = memory.made.get(place, size, _read, document, path, carried)
        told = _edited(came, scene, partial(_forced, document, lens), turn)
        missing = memory.offers.missing(scene.agent, document.turns, told.tools)
        if told is came and not missing:
            return None
        key = ("equipped", id(came), id(told), *[id(one) for one in missing.values()])
        made = partial(_made, document, path, carried, came, told, missing)
        return memory.made.get(key, size, made, next(memory.numbers))
    except RecursionError as error:
        raise PerturbationError("the request's tools nest too deep to be disturbed") from error


def _read(document: Document, path: str, forms: Sequence[ToolForm]) -> Toolset:
    return Toolset.read(document.parameter(path), forms)


def _made(
    document: Document,
    path: str,
    forms: Sequence[ToolForm],
    came: Toolset,
    told: Toolset,
    missing: Mapping[str, Tool],
    number: int,
) -> Equipped:
    new = None
    if told is not came:
        new = msgspec.Raw(dump(told.written(document.parameter(path), forms)))
    return Equipped(number, Renaming(told, missing, came), path, new, (came, told, missing))


def _edited(
    toolset: Toolset, scene: Scene, forced: Callable[[Toolset], Sequence[str]], turn: int
) -> Toolset:
    """Let each operator see what the one before it has made."""
    for active in scene.trial.of(ToolsOperator) if toolset.tools else ():
        made = scene.trial.consider(
            active,
            _site(active, scene, turn),
            partial(_realised, active, toolset, forced),
            before=toolset.digest,
            after=partial(_after, toolset),
        )
        if made is not None:
            edit = cast("ToolsEdit", made.edit)
            toolset = toolset.edited(edit, forced(toolset) if edit.removed else ())
            scene.carries((made,))
    return toolset


def _site(active: Active, scene: Scene, turn: int) -> Site:
    return Site(active.operator.sheet.surface, "toolset", scene.agent, 0, turn)


def _realised(
    active: Active, toolset: Toolset, forced: Callable[[Toolset], Sequence[str]], about: About
) -> Edit | None:
    own = [tool.own or tool.name for tool in toolset.tools]
    within = frozenset(tools_in_scope(active, own))
    shown = [tool for tool, name in zip(toolset.tools, own, strict=True) if name in within]
    if not shown:
        return None
    edit = cast("ToolsOperator", active.operator).tools([one.definition for one in shown], about)
    if edit is None:
        return None
    demanded = forced(toolset) if edit.removed else ()
    return toolset.settled(edit, demanded, [one.name for one in shown])


def _after(toolset: Toolset, edit: Edit) -> str:
    return toolset.edited(cast("ToolsEdit", edit)).digest


def _forced(document: Document, lens: ToolLens, toolset: Toolset) -> Sequence[str]:
    """Name the tools that the request demands, as they are said by now."""
    found: dict[str, None] = {}

    def look(name: str) -> str:
        found[name] = None
        return name

    lens.renamed(document, look)
    return [tool.name for tool in toolset.tools if tool.own in found]
