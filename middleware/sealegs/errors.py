"""What can go wrong.

SealegsError
  SettingsError      a setting is unknown or does not fit
  PluginError        a plugin cannot be loaded, or clashes with another
  WireError          bytes do not follow the wire format that claimed them
  StoreError         a store cannot be opened, or its schema is too new
  StreamTornError    a filter failed after it had changed a stream's structure
  SchemaError        a tool's schema cannot be read
    SchemaLimitError it is larger or deeper than allowed
  ArgumentError      a call's arguments have no way back to the tool's own schema
  PerturbationError  a trial cannot be disturbed as its profile says
    GuardError       nothing may be disturbed here
    ProfileError     a profile or a plan cannot be read
    BudgetError      a trial has cost what it may cost
    NotSuppliedError an operator needs what neither profile nor test gives
"""

from __future__ import annotations

__all__ = [
    "ArgumentError",
    "BudgetError",
    "GuardError",
    "NotSuppliedError",
    "PerturbationError",
    "PluginError",
    "ProfileError",
    "SchemaError",
    "SchemaLimitError",
    "SealegsError",
    "SettingsError",
    "StoreError",
    "StreamTornError",
    "WireError",
]


class SealegsError(Exception):
    """The base of every error that sealegs raises."""


class SettingsError(SealegsError):
    """A setting is unknown or does not fit.

    Attributes:
        source: where the setting stands, such as ``pyproject.toml [tool.sealegs]``.
        key: the setting's dotted name.
    """

    def __init__(self, source: str, key: str, reason: str) -> None:
        super().__init__(f"{source}: {key}: {reason}")
        self.source, self.key, self.reason = source, key, reason


class PluginError(SealegsError):
    """A plugin cannot be loaded, or clashes with another.

    Attributes:
        plugin: the plugin's name, which also blocks it.
        distribution: the installed distribution that it comes from, with its version.
    """

    def __init__(self, plugin: str, distribution: str, reason: str) -> None:
        super().__init__(
            f"plugin {plugin!r} (from {distribution}): {reason}. "
            f"To go on without it, set SEALEGS_DISABLED_PLUGINS={plugin}"
        )
        self.plugin, self.distribution, self.reason = plugin, distribution, reason


class WireError(SealegsError):
    """Bytes do not follow the wire format that claimed them."""

    def __init__(self, wire: str, place: str, reason: str) -> None:
        super().__init__(f"{wire}: {place}: {reason}")
        self.wire, self.place, self.reason = wire, place, reason


class StoreError(SealegsError):
    """A store cannot be opened, or what it holds cannot be read."""

    def __init__(self, store: str, reason: str) -> None:
        super().__init__(f"{store}: {reason}")
        self.store, self.reason = store, reason


class StreamTornError(SealegsError):
    """A filter failed after it had changed a stream's structure.

    Going on would hand the client events that do not belong together.
    """

    def __init__(self, layer: str, cause: BaseException) -> None:
        super().__init__(f"the stream was ended: a filter of {layer!r} failed: {cause!r}")
        self.layer = layer


class SchemaError(SealegsError):
    """A tool's schema cannot be read.

    Attributes:
        pointer: JSON Pointer (RFC 6901) of the place.
    """

    def __init__(self, pointer: str, reason: str) -> None:
        super().__init__(f"{pointer or 'the root'}: {reason}")
        self.pointer, self.reason = pointer, reason


class SchemaLimitError(SchemaError):
    """A schema is larger or deeper than allowed."""


class ArgumentError(SealegsError):
    """A call's arguments have no way back to the tool's own schema.

    Attributes:
        pointer: JSON Pointer (RFC 6901) of the place in the arguments.
    """

    def __init__(self, pointer: str, reason: str) -> None:
        super().__init__(f"{pointer or 'the arguments'}: {reason}")
        self.pointer, self.reason = pointer, reason


class PerturbationError(SealegsError):
    """A trial cannot be disturbed as its profile says. It fails closed: such a trial is none."""


class GuardError(PerturbationError):
    """Nothing may be disturbed here.

    Attributes:
        rule: which rule of the guard says so.
    """

    def __init__(self, rule: str, reason: str, way_out: str) -> None:
        super().__init__(f"nothing is disturbed: {reason}. {way_out}")
        self.rule, self.reason = rule, reason


class ProfileError(PerturbationError):
    """A profile or a plan cannot be read.

    Attributes:
        source: the file, or the profile's name.
        key: the place in it.
    """

    def __init__(self, source: str, key: str, reason: str) -> None:
        super().__init__(f"{source}: {key}: {reason}" if key else f"{source}: {reason}")
        self.source, self.key, self.reason = source, key, reason


class BudgetError(PerturbationError):
    """A trial has cost what it may cost, so its agent's calls end here.

    Attributes:
        limit: which limit: ``requests``, ``seconds`` or ``tokens``.
    """

    def __init__(self, limit: str, allowed: float) -> None:
        super().__init__(
            f"the trial was ended: it has used up its {allowed:g} {limit} "
            f"(budget.{limit} of its profile)"
        )
        self.limit, self.allowed = limit, allowed


class NotSuppliedError(PerturbationError):
    """An operator needs what neither the profile nor the test gives.

    Attributes:
        need: what it needs, a `sealegs.perturbation.operators.Need`.
    """

    def __init__(self, need: str) -> None:
        super().__init__(f"it needs {need!r}, which neither the profile nor the test gives")
        self.need = need
