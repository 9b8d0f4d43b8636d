"""Where a call goes: the provider's rules, and who would have issued its signed reasoning."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from hashlib import blake2b

from sealegs.directory import Directory, family
from sealegs.flow import Target
from sealegs.jsons import Json
from sealegs.knowledge import Account, Provider
from sealegs.wire import RequestHead

__all__ = ["Targets"]

_KEYS = ("authorization", "x-api-key", "api-key", "x-goog-api-key")
_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)")
_PROJECT = re.compile(r"/(?:projects|accounts|deployments)/([^/]+)")
_QUERY_KEY = re.compile(r"(?:^|&)key=([^&]+)")


class Targets:
    """Finds targets, and learns from replies what server stands behind a host that says nothing.

    Args:
        directory: the providers' rows.
    """

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        # (origin, wire) to the server recognised there, or to how many replies did not show one;
        # bounded, oldest first out
        self._servers: dict[tuple[str, str], Provider | int] = {}

    def find(self, wire: str, head: RequestHead, model: str) -> Target:
        """Find a call's target. The account is known by a keyed digest; the key is kept nowhere."""
        provider = self._directory.find(wire, head, model)
        if self._directory.guessed(provider):
            server = self._servers.get((head.origin, wire))
            provider = server if isinstance(server, Provider) else provider
        said = _ACCOUNTS[provider.account](head).encode()
        account = blake2b(said, digest_size=12, person=b"sealegs account").hexdigest()
        return Target(provider, head.origin, account, family(model))

    def learn(self, wire: str, head: RequestHead, model: str, reply: Json) -> None:
        """Look at a reply from a host that no row names: its server may show itself."""
        place = (head.origin, wire)
        known = self._servers.get(place, 0)
        if not isinstance(known, int) or known >= _TRIES:
            return
        if not self._directory.guessed(self._directory.find(wire, head, model)):
            return
        while len(self._servers) >= _SERVERS:
            del self._servers[next(iter(self._servers))]
        self._servers[place] = self._directory.recognise(wire, reply) or known + 1


_SERVERS = 1024
_TRIES = 8


def _by_key(head: RequestHead) -> str:
    for name in _KEYS:
        value = head.headers.get(name)
        if value:
            signed = _CREDENTIAL.search(value)  # AWS signs each request anew: its key id stays
            return signed[1] if signed else value
    query = _QUERY_KEY.search(head.query)
    return query[1] if query else ""


def _by_path(head: RequestHead) -> str:
    project = _PROJECT.search(head.path)
    return project[1] if project else _by_key(head)


def _by_host(head: RequestHead) -> str:
    return head.host


_ACCOUNTS: Mapping[Account, Callable[[RequestHead], str]] = {
    "key": _by_key,
    "path": _by_path,
    "host": _by_host,
}
