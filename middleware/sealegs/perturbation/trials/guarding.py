"""Nothing is disturbed unless it is certain that this is no production."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable, Mapping
from contextlib import suppress
from fnmatch import fnmatchcase, translate
from functools import lru_cache
from urllib.parse import unquote

from sealegs.errors import GuardError
from sealegs.perturbation.trial import Failable, current_trial
from sealegs.settings import PerturbationSettings, Settings, is_killed, surroundings

__all__ = ["Guard"]

_PRODUCTION = re.compile(r"(?:prod|production|prd|live)[0-9]*")
_BEFORE = frozenset({"pre", "non", "not", "no"})
"""What makes a production's fore-runner, or none, of the word behind it."""

_RESOURCE = "OTEL_RESOURCE_ATTRIBUTES"
_NAMED = frozenset({"deployment.environment", "deployment.environment.name"})

_CREDENTIALS = ("authorization", "key", "token", "secret", "cookie")


class Guard:
    """Refuses to disturb what may be live.

    Args:
        settings: what this machine is, and what is live.
        enabled: whether sealegs is on at all.
        said: what environment variables say of where this runs.
    """

    def __init__(
        self,
        settings: PerturbationSettings,
        *,
        enabled: bool = True,
        said: Mapping[str, str] | None = None,
    ) -> None:
        self._settings, self._enabled = settings, enabled
        self._said = surroundings() if said is None else said
        self._hosts = _any(host.lower() for host in settings.live_hosts)
        self._host = lru_cache(256)(self._looks_live)

    @classmethod
    def of(cls, settings: Settings) -> Guard:
        """Make the guard of some settings; ``SEALEGS_OFF`` is heard whatever they say."""
        on = settings.enabled and "perturbation" not in settings.disabled_plugins
        return cls(settings.perturbation, enabled=on and not is_killed())

    def check(self) -> None:
        """Pass where agents may be disturbed.

        Raises:
            GuardError: they may not; names the rule and the way out.
        """
        if not self._enabled:
            raise GuardError(
                "off",
                "sealegs or its perturbation injection is turned off",
                "Take back SEALEGS_OFF, enabled = false, or the disabled plugin",
            )
        self._check_variables()
        self._check_environment()

    def _check_variables(self) -> None:
        for variable, text in self._said.items():
            for said in _environments(variable, text):
                if _is_production(said):
                    raise GuardError(
                        "production",
                        f"the variable {variable} says that this is {said!r}",
                        "Run it on a machine that is none, or take the variable off this process",
                    )

    def _check_environment(self) -> None:
        stated, allowed = self._settings.environment.strip(), self._settings.environments
        if not stated:
            raise GuardError(
                "unstated",
                "nothing says what this machine is",
                "Set SEALEGS_PERTURBATION__ENVIRONMENT, or perturbation.environment in "
                f"[tool.sealegs], to one of: {', '.join(allowed)}",
            )
        if _is_production(stated):
            raise GuardError(
                "production",
                f"perturbation.environment says that this is {stated!r}",
                "Run it where it is not; no list of environments allows production",
            )
        if stated.lower() not in [name.lower() for name in allowed]:
            raise GuardError(
                "not allowed",
                f"this is {stated!r}, and allowed are: {', '.join(allowed)}",
                "Put it into perturbation.environments, if agents may be disturbed there",
            )

    def check_host(self, host: str) -> None:
        """Pass where a host does not look live.

        Raises:
            GuardError: it does.
        """
        glob = self._host(host)
        if glob:
            raise GuardError(
                "live host",
                f"the host {host!r} looks live: it fits {glob!r} of perturbation.live_hosts",
                "Give the agent one that is not, or set perturbation.live_hosts",
            )

    def check_key(self, value: str) -> None:
        """Pass where a key does not look live; what it is does not stand in the error.

        Raises:
            GuardError: it does.
        """
        for glob in self._settings.live_keys:
            if fnmatchcase(value, glob):
                raise GuardError(
                    "live key",
                    f"a key of {len(value)} characters looks live: it fits {glob!r} of "
                    "perturbation.live_keys",
                    "Give the agent one that is not, or set perturbation.live_keys",
                )

    def request(self, host: str, headers: Mapping[str, str]) -> None:
        """Pass where a request of a disturbed trial goes nowhere live, with no live key.

        The trial is told of a refusal, for an agent may swallow the error.

        Raises:
            GuardError: it does.
        """
        try:
            self.check_host(host)
            for name, value in headers.items():
                if name.lower().replace("_", "-").endswith(_CREDENTIALS):
                    for word in _words(value):
                        self.check_key(word)
        except GuardError as error:
            trial = current_trial()
            if isinstance(trial, Failable):
                trial.failed(str(error))
            raise

    def _looks_live(self, host: str) -> str:
        bare = _bare(host)
        if self._hosts is None or not self._hosts.match(bare):
            return ""
        globs = self._settings.live_hosts
        return next(glob for glob in globs if fnmatchcase(bare, glob.lower()))


def _words(value: str) -> Iterable[str]:
    """Give what may be a key in a header: its words, and those of a user and password."""
    words = re.split(r"[\s;,=]+", value)
    if words[0].lower() == "basic" and len(words) > 1:
        raw = words[1].encode("ascii", "replace")
        with suppress(ValueError):
            words += b64decode(raw + b"=" * (-len(raw) % 4)).decode("utf-8", "replace").split(":")
    return words


def _bare(host: str) -> str:
    """Take port, brackets and a last dot off a host."""
    name = host.strip().lower().rpartition("@")[2]
    if name.startswith("["):
        return name[1:].partition("]")[0]
    return (name if name.count(":") > 1 else name.partition(":")[0]).rstrip(".")


def _any(globs: Iterable[str]) -> re.Pattern[str] | None:
    parts = [translate(glob) for glob in globs]
    return re.compile("|".join(parts)) if parts else None


def _environments(variable: str, text: str) -> Iterable[str]:
    if variable != _RESOURCE:
        return (text,)
    pairs = [part.partition("=") for part in text.split(",")]
    return [unquote(value.strip()) for name, _, value in pairs if unquote(name.strip()) in _NAMED]


def _is_production(text: str) -> bool:
    words = re.split(r"[^a-z0-9]+", re.sub(r"([a-z])([A-Z])", r"\1-\2", text).lower())
    return any(
        _PRODUCTION.fullmatch(word) and not (at and words[at - 1] in _BEFORE)
        for at, word in enumerate(words)
    )
