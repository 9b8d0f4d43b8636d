"""Everything that plugins contribute, collected once."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from itertools import chain, combinations
from typing import TYPE_CHECKING, Any

import pluggy

from sealegs import specs
from sealegs.calls.parsing import ToolCallParser
from sealegs.calls.saying import ToolLens
from sealegs.directory import Directory
from sealegs.errors import PluginError, SettingsError
from sealegs.exchange import Exchange, Failure
from sealegs.flow import Layer
from sealegs.knowledge import Provider, ReasoningFormat
from sealegs.schema.dialect import Dialect
from sealegs.schema.forms import ToolForm
from sealegs.settings import Settings
from sealegs.wire import RequestHead, Wire

if TYPE_CHECKING:
    from sealegs.perturbation.operators import Named, Operator
    from sealegs.perturbation.profiles import Profile
    from sealegs.perturbation.saying import FaultLens, TextLens

__all__ = ["Catalog", "Plugin"]

GROUP = "sealegs"
_CLAIMS = 1024
_LATE = ("perturbations", "profiles", "text_lenses", "fault_lenses")
"""Hooks that are asked at first use: only staging tests need what they give."""


@dataclass(frozen=True, slots=True)
class Plugin:
    """One loaded plugin.

    Attributes:
        name: blocks it.
        distribution: where it comes from, with its version.
        contributes: kind to the names of what it gave.
    """

    name: str
    distribution: str
    contributes: Mapping[str, tuple[str, ...]]


class Catalog:
    """What plugins contribute, by kind. Immutable once loaded; shared by all calls.

    Attributes:
        plugins: the plugins, in order of name.
        wires: wire formats, by name.
        formats: reasoning formats, by name.
        directory: finds a provider's rules.
        tool_forms: by name.
        tool_lenses: by name.
        schema_dialects: by name.
        tool_call_parsers: by name.
    """

    def __init__(self, manager: pluggy.PluginManager, origins: Mapping[str, str]) -> None:
        self._manager = manager
        collect = _Collector(manager, origins)
        self.wires: Mapping[str, Wire] = collect.named("wires")
        self.formats: Mapping[str, ReasoningFormat] = collect.named("reasoning_formats")
        self.directory = _directory(collect.by_plugin("providers"), origins)
        self.tool_forms: Mapping[str, ToolForm] = collect.named("tool_forms")
        self.tool_lenses: Mapping[str, ToolLens] = collect.named("tool_lenses")
        self.schema_dialects: Mapping[str, Dialect] = collect.named("schema_dialects")
        self.tool_call_parsers: Mapping[str, ToolCallParser] = collect.named("tool_call_parsers")
        self._collect = collect
        self._claims: dict[tuple[str, str, str], Wire | None] = {}
        self._observed = bool(manager.hook.exchange_finished.get_hookimpls())

    @classmethod
    def load(cls, *plugins: object, blocked: Collection[str] = ()) -> Catalog:
        """Load the installed plugins of the entry-point group ``sealegs``, and those given.

        Args:
            plugins: further plugins: modules or objects with hook implementations.
            blocked: names of plugins that are not loaded.

        Raises:
            PluginError: one cannot be imported, has a hook that does not exist, or gives something
                under a name that another one has. It names the plugin and its distribution.
        """
        manager = pluggy.PluginManager(GROUP)
        manager.add_hookspecs(specs)
        origins: dict[str, str] = {}
        for name in blocked:
            manager.set_blocked(name)
        for entry in entry_points(group=GROUP):
            if entry.name not in blocked:
                _load_entry(entry, manager, origins)
        for plugin in plugins:
            own = getattr(plugin, "__name__", None) or getattr(plugin, "name", None)
            own = str(own or type(plugin).__name__)
            registered = _register(manager, plugin, own, "arguments")
            if registered:
                origins[registered] = "given in code"
        try:
            manager.check_pending()
        except pluggy.PluginValidationError as error:
            name = manager.get_name(error.plugin) or "?"
            raise PluginError(name, origins.get(name, "?"), str(error)) from error
        return cls(manager, origins)

    @cached_property
    def perturbations(self) -> Mapping[str, Operator]:
        """Operators, by name. Asked for at first use, as all that only staging tests need."""
        return self._collect.named("perturbations")

    @cached_property
    def profiles(self) -> Mapping[str, Profile]:
        """Perturbation profiles, by name. Likewise."""
        return self._collect.named("profiles")

    @cached_property
    def text_lenses(self) -> Mapping[str, TextLens]:
        """Where formats keep what is said, by name. Likewise."""
        return self._collect.named("text_lenses")

    @cached_property
    def fault_lenses(self) -> Mapping[str, FaultLens]:
        """How providers word what goes wrong, by name. Likewise."""
        return self._collect.named("fault_lenses")

    @property
    def plugins(self) -> Sequence[Plugin]:
        """The loaded plugins and what each contributes.

        Raises:
            PluginError: what staging tests need clashes.
        """
        for late in _LATE:
            getattr(self, late)
        return self._collect.plugins()

    def layers(self, settings: Settings) -> tuple[Layer, ...]:
        """Make the layers for a pipeline, by stage and then by name, without the blocked ones."""
        made: list[Layer] = self._collect.all("middleware", settings=settings, catalog=self)
        unblocked = [layer for layer in made if layer.name not in settings.disabled_plugins]
        return tuple(sorted(unblocked, key=lambda layer: (layer.stage, layer.name)))

    def claim(self, head: RequestHead) -> Wire | None:
        """Find the wire format that a request is of."""
        place = (head.method, head.host, head.path)
        if place in self._claims:
            return self._claims[place]
        wire = next((wire for wire in self.wires.values() if wire.claims(head)), None)
        if len(self._claims) >= _CLAIMS:
            self._claims = {}
        self._claims[place] = wire
        return wire

    def observe(self, exchange: Exchange, failed: Callable[[Failure], None]) -> None:
        """Tell the observers of an exchange; what one raises does not reach the others."""
        if not self._observed:
            return
        for implementation in self._manager.hook.exchange_finished.get_hookimpls():
            try:
                implementation.function(**dict.fromkeys(implementation.argnames, exchange))
            except Exception as error:
                text = f"{type(error).__name__}: {error}"
                failed(Failure(implementation.plugin_name, "observer", text))


def _name(one: Named) -> str:
    return one.name


class _Collector:
    """Asks each hook once, and keeps who gave what. pluggy knows no types; the catalog does."""

    def __init__(self, manager: pluggy.PluginManager, origins: Mapping[str, str]) -> None:
        self._manager, self._origins = manager, origins
        self._given: dict[str, dict[str, list[str]]] = {name: {} for name in origins}

    def all(self, hook: str, **arguments: object) -> list[Any]:
        given = self.by_plugin(hook, **arguments)
        return list(chain.from_iterable(given.values()))

    def by_plugin(self, hook: str, **arguments: object) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {}
        for implementation in getattr(self._manager.hook, hook).get_hookimpls():
            wanted = {key: arguments[key] for key in implementation.argnames}
            plugin = implementation.plugin_name
            try:
                given: tuple[Any, ...] = tuple(implementation.function(**wanted))
                names = dict.fromkeys(one.name for one in given)
            except SettingsError:  # is no fault of the plugin's
                raise
            except Exception as error:
                reason = f"{hook}: {error!r}"
                raise PluginError(plugin, self._origins.get(plugin, "?"), reason) from error
            known = self._given.setdefault(plugin, {}).setdefault(hook, [])
            known.extend(name for name in names if name not in known)
            found.setdefault(plugin, []).extend(given)
        return found

    def named(self, hook: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for one in sorted(self.all(hook), key=_name):
            if one.name in found:
                given = self._given.items()
                givers = sorted(name for name, by in given if one.name in by.get(hook, ()))
                reason = f"{hook}: {one.name!r} is contributed twice, by {' and '.join(givers)}"
                raise PluginError(givers[-1], self._origins.get(givers[-1], "?"), reason)
            found[one.name] = one
        return found

    def plugins(self) -> Sequence[Plugin]:
        return [
            Plugin(
                name,
                self._origins.get(name, "?"),
                {hook: tuple(names) for hook, names in given.items()},
            )
            for name, given in sorted(self._given.items())
        ]


def _directory(rows: Mapping[str, Sequence[Provider]], origins: Mapping[str, str]) -> Directory:
    try:
        return Directory(chain.from_iterable(rows.values()))
    except (ValueError, re.error) as error:
        plugins = _at_odds(rows)
        reason = f"providers of {' and '.join(plugins)}: {error}"
        raise PluginError(plugins[-1], origins.get(plugins[-1], "?"), reason) from error


def _at_odds(rows: Mapping[str, Sequence[Provider]]) -> tuple[str, ...]:
    """Find the one plugin, or the two, of which the rows cannot be loaded."""
    names = sorted(rows)
    for chosen in (*combinations(names, 1), *combinations(names, 2)):
        try:
            Directory(row for name in chosen for row in rows[name])
        except (ValueError, re.error):
            return chosen
    return tuple(names)


def _load_entry(entry: EntryPoint, manager: pluggy.PluginManager, origins: dict[str, str]) -> None:
    origin = f"{entry.dist.name} {entry.dist.version}" if entry.dist else "?"
    if manager.has_plugin(entry.name):
        reason = f"has the name of a plugin from {origins.get(entry.name, '?')}"
        raise PluginError(entry.name, origin, reason)
    try:
        plugin = entry.load()
    except Exception as error:
        raise PluginError(entry.name, origin, f"cannot be imported: {error!r}") from error
    if _register(manager, plugin, entry.name, origin):
        origins[entry.name] = origin


def _register(manager: pluggy.PluginManager, plugin: object, name: str, origin: str) -> str | None:
    try:
        return manager.register(plugin, name=name)
    except (pluggy.PluginValidationError, ValueError) as error:
        raise PluginError(name, origin, str(error)) from error
