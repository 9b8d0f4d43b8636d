"""Settings: from code, from ``[tool.sealegs]`` in pyproject.toml, from the environment.

Code wins over the environment, the environment over the file. This is the only module that reads
the environment. An unknown key is refused, with the nearest known one.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from sealegs.errors import SettingsError
from sealegs.jsons import Json, is_object, parse

__all__ = [
    "PerturbationSettings",
    "RetentionSettings",
    "Settings",
    "TelemetrySettings",
    "ToolSettings",
    "is_killed",
    "surroundings",
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


V = TypeVar("V")


def _from_text(value: Json) -> Json:
    """Read a mapping that stands in a variable, as JSON."""
    if not isinstance(value, str):
        return value
    try:
        return parse(value)
    except ValueError:
        return value  # pydantic says what it should be


_ByProvider: TypeAlias = Annotated[Mapping[str, V], BeforeValidator(_from_text)]


def _from_list(value: Json) -> Json:
    """Read names that stand in a variable, between commas."""
    if not isinstance(value, str):
        return value
    return tuple(name for name in (name.strip() for name in value.split(",")) if name)


_Names: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_from_list)]


class RetentionSettings(_Part):
    """How reasoning is kept.

    Attributes:
        mode: ``fix`` restores; ``report`` only says what it would do; ``off``.
        parameters: which request parameters may be set so that a provider uses what is sent back:
            ``needed``, ``all`` (also those that change what the caller gets), ``none``.
        stamp_ids: give tool calls ids of our own: ``auto`` only where the provider's are not
            unique, ``always``, ``never``.
        hidden_token_cap: the most tokens put back into one request that the framework does not know
            of; beyond it the oldest whole turns go without, never those of the current tool loop.
        cross_family: allow plain reasoning to go to another model family.
        recover: send once more, with the opposite policy, after a documented refusal.
    """

    mode: Literal["fix", "report", "off"] = "fix"
    parameters: Literal["none", "needed", "all"] = "needed"
    stamp_ids: Literal["auto", "always", "never"] = "auto"
    hidden_token_cap: int | None = Field(default=None, ge=0)
    cross_family: bool = False
    recover: bool = True


class ToolSettings(_Part):
    """How tool schemas and tool calls are normalized.

    Attributes:
        mode: ``fix`` rewrites definitions and mends calls; ``report`` only says what it would do;
            ``off``.
        modes: the same for single providers, by the provider's name. In the environment this, like
            ``dialects``, is a JSON object.
        dialects: the schema dialect to use for a provider, by the provider's name.
        strict: for which tools strict mode is asked for: those whose definition asks for it
            (``asked``); also all that it can hold without closing an object that is open
            (``preferred``); all that it can hold (``always``); none (``never``).
        keep_open: in strict mode, keep objects open that their authors left open without a word:
            what more they hold goes into a list of keys and values. By default they are closed.
        runs: the worst repair after which a call may still run: ``lossless``, ``unambiguous``,
            ``guess``, ``truncated``.
        text_calls: read calls that a model wrote as text.
        retries: how often a model is told, in the same exchange, what was wrong with a call that
            must not run; streamed replies are never sent again.
        stream_arguments: let a call's arguments leave as they come, where nothing needs to be
            translated back; what is broken in them cannot be mended then.
    """

    mode: Literal["fix", "report", "off"] = "fix"
    modes: _ByProvider[Literal["fix", "report", "off"]] = {}
    dialects: _ByProvider[str] = {}
    strict: Literal["asked", "preferred", "always", "never"] = "asked"
    keep_open: bool = False
    runs: Literal["lossless", "unambiguous", "guess", "truncated"] = "unambiguous"
    text_calls: bool = True
    retries: int = Field(default=1, ge=0, le=5)
    stream_arguments: bool = False


class TelemetrySettings(_Part):
    """What is told to OpenTelemetry.

    Attributes:
        enabled: whether anything is. Reasoning, prompts and results themselves never are.
    """

    enabled: bool = True


class PerturbationSettings(_Part):
    """Where agents may be disturbed. In the environment, lists have commas between their names.

    Attributes:
        environment: what this machine is, such as ``staging``. Nothing is disturbed where nothing
            is said.
        environments: where agents may be disturbed.
        live_hosts: globs of hosts that are never disturbed.
        live_keys: globs of keys that belong to production.
    """

    environment: str = ""
    environments: _Names = ("test", "staging")
    live_hosts: _Names = (
        "prod.*",
        "*.prod.*",
        "prod-*",
        "production.*",
        "*.production.*",
        "live.*",
        "*.live.*",
    )
    live_keys: _Names = ("sk_live_*", "rk_live_*", "pk_live_*", "*-prod-*")


class Settings(_Part):
    """All settings.

    Attributes:
        enabled: false turns everything off; so does ``SEALEGS_OFF=1``, whatever else is said.
        disabled_plugins: names of plugins and layers that are not loaded.
        namespace: the tenant; records never cross it.
        store: where records live: ``memory:`` or ``sqlite:///path/to/file``.
        store_timeout_seconds: how long an event loop waits for a store.
        retention: how reasoning is kept.
        tools: how tool schemas and tool calls are normalized.
        perturbation: where agents may be disturbed.
        telemetry: what is told to OpenTelemetry.
    """

    enabled: bool = True
    disabled_plugins: tuple[str, ...] = ()
    namespace: str = ""
    store: str = "memory:"
    store_timeout_seconds: float = Field(default=1.0, gt=0)
    retention: RetentionSettings = RetentionSettings()
    tools: ToolSettings = ToolSettings()
    perturbation: PerturbationSettings = PerturbationSettings()
    telemetry: TelemetrySettings = TelemetrySettings()

    @classmethod
    def load(cls, *, directory: Path | None = None, **given: Json) -> Settings:
        """Read settings from the file, the environment and the arguments, later ones winning.

        Args:
            directory: where to look for pyproject.toml, upwards; by default the working directory.
            given: settings as keywords; groups as mappings.

        Raises:
            SettingsError: a key is unknown or a value does not fit; names the source and the key.

        >>> Settings.load(retention={"stamp_ids": "always"}).retention.stamp_ids
        'always'
        """
        file, table = _from_file(directory or Path.cwd())
        environment = _from_environment(os.environ)
        for source, part in ((file, table), ("environment", environment), ("arguments", given)):
            _check(source, part)
        merged = _merged(_merged(table, environment), given)
        if _killed(os.environ):
            merged["enabled"] = False
        return cls.model_validate(merged)


def _from_file(directory: Path) -> tuple[str, Mapping[str, Json]]:
    for folder in (directory, *directory.parents):
        path = folder / "pyproject.toml"
        if path.is_file():
            try:
                table = tomllib.loads(path.read_text("utf-8")).get("tool", {}).get("sealegs", {})
            except (tomllib.TOMLDecodeError, OSError, UnicodeDecodeError) as error:
                raise SettingsError(
                    str(path), "[tool.sealegs]", f"cannot be read: {error}"
                ) from error
            return f"{path} [tool.sealegs]", table
    return "pyproject.toml", {}


_ELSEWHERE = frozenset({"SEALEGS_CORPUS", "SEALEGS_DEMO_API_KEY", "SEALEGS_OFF"})

_BOTH = "is set both whole and in part"


def _killed(environment: Mapping[str, str]) -> bool:
    """Whether the kill switch is pulled: whoever runs a program can, whatever its code says."""
    return environment.get("SEALEGS_OFF", "").strip().lower() not in ("", "0", "false", "no")


def is_killed() -> bool:
    """Say whether ``SEALEGS_OFF`` is set; for settings that were not loaded."""
    return _killed(os.environ)


_SURROUNDINGS = (
    "APP_ENV",
    "APP_ENVIRONMENT",
    "APP_STAGE",
    "ASPNETCORE_ENVIRONMENT",
    "DD_ENV",
    "DEPLOYMENT_ENV",
    "DEPLOYMENT_ENVIRONMENT",
    "DEPLOY_ENV",
    "DJANGO_ENV",
    "DOTNET_ENVIRONMENT",
    "ELASTIC_APM_ENVIRONMENT",
    "ENV",
    "ENVIRONMENT",
    "ENVIRONMENT_NAME",
    "ENV_NAME",
    "FLASK_ENV",
    "NODE_ENV",
    "OTEL_RESOURCE_ATTRIBUTES",
    "PYTHON_ENV",
    "RACK_ENV",
    "RAILS_ENV",
    "RAILWAY_ENVIRONMENT_NAME",
    "SENTRY_ENVIRONMENT",
    "STAGE",
    "VERCEL_ENV",
)
"""The usual variables that say what a machine is."""


def surroundings() -> Mapping[str, str]:
    """Give what the usual variables say of where this runs, by their names."""
    found = {name: os.environ.get(name, "").strip() for name in _SURROUNDINGS}
    return {name: text for name, text in found.items() if text}


def _from_environment(environment: Mapping[str, str]) -> dict[str, Json]:
    """Read ``SEALEGS_STORE``, ``SEALEGS_RETENTION__MODE`` and the like."""
    found: dict[str, Json] = {}
    for name, text in environment.items():
        if not name.startswith("SEALEGS_") or name in _ELSEWHERE:
            continue
        if name == "SEALEGS_DISABLED_PLUGINS":
            names = (name.strip() for name in text.split(","))
            found["disabled_plugins"] = tuple(name for name in names if name)
        else:
            place = found
            *groups, key = name.removeprefix("SEALEGS_").lower().split("__")
            for group in groups:
                inner = place.setdefault(group, {})
                if not is_object(inner):
                    raise SettingsError("environment", group, _BOTH)
                place = inner
            if key in place:
                raise SettingsError("environment", key, _BOTH)
            # a text: what number or truth value it stands for follows from the setting
            place[key] = None if text.strip() == "null" else text
    return found


def _merged(first: Mapping[str, Json], second: Mapping[str, Json]) -> dict[str, Json]:
    whole = dict(first)
    for key, value in second.items():
        old = whole.get(key)
        whole[key] = _merged(old, value) if is_object(old) and is_object(value) else value
    return whole


def _check(source: str, values: Mapping[str, Json]) -> None:
    try:
        Settings.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        reason = first["msg"]
        if first["type"] == "extra_forbidden":
            reason = "unknown setting" + _nearest(first["loc"])
        raise SettingsError(source, key, reason) from error


def _nearest(place: tuple[int | str, ...]) -> str:
    model: type[BaseModel] = Settings
    for group in place[:-1]:
        inner = model.model_fields[str(group)].annotation
        model = inner if isinstance(inner, type) and issubclass(inner, BaseModel) else model
    near = difflib.get_close_matches(str(place[-1]), model.model_fields, 1, 0.5)
    return f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(model.model_fields)}"
