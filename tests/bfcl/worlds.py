"""What BFCL's tools act on: fresh instances for each trial, and what gold calls make of them."""

from __future__ import annotations

import copy
import functools
import hashlib
import importlib
import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bfcl.reading import leaves, parsed
from bfcl.tasks import AUDIT, BACKEND, Task, bfcl

__all__ = ["Gold", "GoldStep", "World", "gold", "performed"]


def said(result: Any) -> str:
    """Write a result as BFCL writes it."""
    if isinstance(result, str):
        return result
    try:
        return json.dumps(result) if isinstance(result, dict) else str(result)
    except TypeError:
        return str(result)


def told(result: Any) -> str:
    """Write a result as an agent tells its model."""
    try:
        return result if isinstance(result, str) else json.dumps(result)
    except TypeError:
        return str(result)


class World:
    """The instances of one trial.

    Attributes:
        instances: by the names of their classes.
        gave: what the tools gave, in order, as BFCL's response checker wants it.
        ran: names of the tools that ran.
    """

    def __init__(self, task: Task) -> None:
        self.instances = {kind: _instance(kind, task) for kind in task.classes}
        self.gave: list[str] = []
        self.ran: list[str] = []

    def tools(self) -> dict[str, Callable[..., Any]]:
        """Give the tools by their names."""
        found: dict[str, Callable[..., Any]] = {AUDIT: self._audit}
        for one in self.instances.values():
            for name, method in inspect.getmembers(one, predicate=inspect.ismethod):
                if not name.startswith("_"):
                    found[name] = self._noted(method)
        return found

    def _noted(self, method: Callable[..., Any]) -> Callable[..., Any]:
        lists = _lists(method)

        @functools.wraps(method)
        def call(*args: Any, **kwargs: Any) -> Any:
            self.ran.append(method.__name__)
            kwargs.update({name: [] for name in lists if name not in kwargs})
            try:
                given = method(*args, **kwargs)
            except Exception as error:
                self.gave.append(f"Error during execution: {error}")
                raise
            self.gave.append(said(given))
            return given

        return call

    def _audit(self) -> dict[str, str]:
        return {"state": self.digest()}

    def draws(self) -> list[Any]:
        """Tell how far the instances' own random numbers are."""
        known = [getattr(one, "_random", None) for one in self.instances.values()]
        return [one.getstate() for one in known if one is not None]

    def digest(self) -> str:
        """Name what the systems hold, private parts too, but no times, draws and descriptions."""
        text = json.dumps([[kind, _plain(one)] for kind, one in self.instances.items()])
        return "s" + hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def _instance(kind: str, task: Task) -> Any:
    known = bfcl(BACKEND)
    made = getattr(importlib.import_module(known.CLASS_FILE_PATH_MAPPING[kind]), kind)()
    if kind not in known.STATELESS_CLASSES:
        made._load_scenario(copy.deepcopy(task.config.get(kind, {})), long_context=task.long)
        if kind == "TravelAPI" or kind == "VehicleControlAPI":
            _own(made)
    return made


def _own(made: Any) -> None:
    """Part an instance from tables of BFCL's module, which its long contexts share."""
    for name, value in vars(made).items():
        if isinstance(value, dict | list):
            setattr(made, name, copy.deepcopy(value))


def _lists(method: Callable[..., Any]) -> list[str]:
    """Name the parameters that are an empty list by default: the same one in all calls, else."""
    known = inspect.signature(method).parameters.values()
    return [one.name for one in known if isinstance(one.default, list)]


_LEFT_OUT = {"parent", "_last_modified", "_random", "_api_description", "_flight_cost_lookup"}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return [[str(key), _plain(one)] for key, one in value.items()]
    if isinstance(value, list | tuple | set):
        return [_plain(one) for one in value]
    if hasattr(value, "__dict__"):
        held = vars(value).items()
        return [[key, _place(one) if key == "_current_dir" else _plain(one)]
                for key, one in held if key not in _LEFT_OUT]  # fmt: skip
    return value if isinstance(value, str | int | float | type(None)) else str(value)


def _place(directory: Any) -> list[str]:
    names: list[str] = []
    while directory is not None:
        names.append(directory.name)
        directory = directory.parent
    return names


@dataclass(frozen=True, slots=True)
class GoldStep:
    """What one gold call gave.

    Attributes:
        text: its result, as an agent writes it.
        before: digest of what the systems held before it, `after`: and after it.
        failed: whether it raised.
        drawn: whether it read a number that is drawn anew each time.
    """

    text: str
    before: str
    after: str
    failed: bool
    drawn: bool

    @property
    def reads(self) -> bool:
        return self.before == self.after


@dataclass(frozen=True)
class Gold:
    """What the gold calls make of a task's world.

    Attributes:
        steps: turn by turn, what each call gave.
        states: the instances after each turn.
        gave: the results of each turn, as BFCL's checker wants them; without those that say what
            the arguments said, or what is drawn anew each time.
        digests: of what the systems held before and after each call.
    """

    steps: Sequence[Sequence[GoldStep]]
    states: Sequence[Mapping[str, Any]]
    gave: Sequence[Sequence[str]]
    digests: frozenset[str]


_KEPT: dict[str, Gold] = {}


def gold(task: Task) -> Gold:
    """Run a task's gold calls; those of the last tasks are kept."""
    if task.name not in _KEPT:
        while len(_KEPT) > 3:
            _KEPT.pop(next(iter(_KEPT)))
        _KEPT[task.name] = _gold(task)
    return _KEPT[task.name]


def _gold(task: Task) -> Gold:
    world = World(task)
    tools = world.tools()
    steps, states, gave = [], [], []
    digests = {world.digest()}
    for turn in task.gold:
        done, first = [], len(world.gave)
        for step in turn:
            before, draws = world.digest(), world.draws()
            text, failed = performed(tools[step.tool], step.arguments)
            after = world.digest()
            drawn = before == after and draws != world.draws()
            done.append(GoldStep(text, before, after, failed, drawn))
            digests.add(after)
        steps.append(done)
        states.append(copy.deepcopy(world.instances))
        gave.append([
            given
            for given, step, one in zip(world.gave[first:], turn, done, strict=True)
            if not one.drawn and not (one.reads and echoes(one.text, step.arguments))
        ])  # fmt: skip
    return Gold(steps, states, gave, frozenset(digests))


def echoes(text: str, arguments: Mapping[str, Any]) -> bool:
    """Say whether a result says nothing but what the arguments said."""
    given = {str(leaf) for _, leaf in leaves(dict(arguments))}
    return all(leaf is None or str(leaf) in given for _, leaf in leaves(parsed(text)))


def performed(tool: Callable[..., Any], arguments: Mapping[str, Any]) -> tuple[str, bool]:
    """Run a tool as an agent does: an exception is told as a result, and the agent goes on."""
    try:
        return told(tool(**copy.deepcopy(dict(arguments)))), False
    except Exception as error:
        return f"Error: {type(error).__name__}: {error}", True
