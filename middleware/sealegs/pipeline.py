"""The pipeline: what every adapter hands its calls to."""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from sealegs.catalog import Catalog
from sealegs.exchange import Exchange, Ledger
from sealegs.flow import Call, Ending, Flow, Layer, Reply, Sleeper, Whole
from sealegs.jsons import Json, parse
from sealegs.machine import through
from sealegs.records import Store
from sealegs.retention.view import session_digest
from sealegs.session import CLAIMS_HEADER, SESSION_HEADER, current
from sealegs.settings import Settings
from sealegs.stores.opening import open_store
from sealegs.streams import Stream, finish
from sealegs.targets import Targets
from sealegs.telemetry import Observation, Telemetry
from sealegs.wire import RequestHead

__all__ = ["Pipeline", "Run"]

_log = logging.getLogger("sealegs")


class Pipeline:
    """Layers, the knowledge that they use, and the store that they share.

    One pipeline serves any number of clients, threads and event loops. Calls that share one share
    its store, so give the same pipeline to the sync and the async client of one agent.

    Attributes:
        settings: how it was set up.
        catalog: what plugins contribute.
        store: where records live.
        layers: by stage, the outermost first.
        targets: finds where calls go.
    """

    def __init__(
        self,
        settings: Settings,
        catalog: Catalog,
        store: Store,
        *,
        layers: Sequence[Layer] | None = None,
        telemetry: Telemetry | None = None,
    ) -> None:
        self.settings, self.catalog, self.store = settings, catalog, store
        self.layers = tuple(catalog.layers(settings) if layers is None else layers)
        self._sleepers = {id(one): one.dormant for one in self.layers if isinstance(one, Sleeper)}
        self.targets = Targets(catalog.directory)
        self._telemetry = telemetry or Telemetry(settings.telemetry)
        self._numbers = itertools.count(1)

    @classmethod
    def load(
        cls,
        *plugins: object,
        settings: Settings | None = None,
        store: Store | str | None = None,
        telemetry: Telemetry | None = None,
        directory: Path | None = None,
        **given: Json,
    ) -> Pipeline:
        """Load settings and plugins, and open the store.

        Args:
            plugins: further plugins beside the installed ones.
            settings: ready settings; by default they are read, see `Settings.load`.
            store: a store, or its URL; by default the one that the settings name.
            telemetry: by default the global OpenTelemetry providers are used.
            directory: where to look for pyproject.toml.
            given: settings as keywords, such as ``store="sqlite:///reasoning.db"``.

        Raises:
            SettingsError: a setting is unknown or does not fit.
            PluginError: a plugin cannot be loaded.
            StoreError: the store cannot be opened.
        """
        if settings is None:
            settings = Settings.load(directory=directory, **given)
        catalog = Catalog.load(*plugins, blocked=settings.disabled_plugins)
        if store is None or isinstance(store, str):
            store = open_store(store or settings.store)
        return cls(settings, catalog, store, telemetry=telemetry)

    def claims(self, head: RequestHead) -> bool:
        """Say by its head alone whether a request may be one to a model."""
        return self.settings.enabled and self.catalog.claim(head) is not None

    def begin(
        self, head: RequestHead, body: bytes, *, adapter: str, session: str | None = None
    ) -> Run | None:
        """Begin an exchange, if the request is one to a model.

        Args:
            head: the request without its body.
            body: its body.
            adapter: the tap's name.
            session: the conversation; by default the current `session`, or the request's header.

        Returns:
            The run, or ``None`` where the request is none of ours and must go out as it is.
        """
        if not self.settings.enabled:
            return None
        wire = self.catalog.claim(head)
        if wire is None:
            return None
        try:
            document = wire.read(body, head)
            target = self.targets.find(wire.name, head, document.model)
        except Exception as error:  # not of the format, or a wire's own fault: it goes as it is
            text = f"{type(error).__name__}: {error}"
            kind = type(error).__name__
            _log.warning("a request passed untouched: %s cannot read it: %s", wire.name, kind)
            _log.debug("%s: %s", wire.name, text)
            return None
        if session is None:
            session = unquote(head.headers.get(SESSION_HEADER, "")) or current()
        ledger = Ledger()
        call = Call(
            head,
            wire,
            document,
            document,
            target,
            ledger,
            session=session,
            namespace=self.settings.namespace,
        )
        layers = self.layers
        if CLAIMS_HEADER in head.headers:
            claimed = head.headers[CLAIMS_HEADER].split(",")
            layers = tuple([layer for layer in layers if layer.name not in claimed])
        return self.start(call, adapter=adapter, layers=layers)

    def start(self, call: Call, *, adapter: str, layers: Sequence[Layer] | None = None) -> Run:
        """Begin an exchange of a call that a tap has made itself."""
        number = f"x{next(self._numbers)}"
        observation = self._telemetry.begin(call, adapter)
        chosen = self.layers if layers is None else tuple(layers)
        return Run(self, call, self._awake(chosen), adapter, number, observation)

    def _awake(self, layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
        """Leave out the layers that have nothing to do here."""
        asleep = [one for one, dormant in self._sleepers.items() if dormant()]
        if not asleep:
            return layers
        return tuple([layer for layer in layers if id(layer) not in asleep])

    def finished(self, exchange: Exchange, ledger: Ledger) -> None:
        """Tell observers of an exchange that has ended; what fails there goes no further."""
        for failure in exchange.failures:
            kind = failure.error.partition(":")[0]
            _log.warning(
                "%s failed (%s) and was stepped over: %s", failure.layer, failure.place, kind
            )
            _log.debug("%s: %s", failure.layer, failure.error)  # may quote what was said
        self.catalog.observe(exchange, ledger.failures.append)

    def forget(self, session: str) -> int:
        """Drop all that is kept of a session, and say how many turns that were."""
        return self.store.forget(session_digest(session))

    def close(self) -> None:
        """Close the store."""
        self.store.close()


@dataclass(slots=True)
class Run:
    """One exchange under way. Does no input or output of its own.

    A tap drives `exchange`; then, where the reply streams, it feeds the bytes to `stream`.
    """

    pipeline: Pipeline
    call: Call
    layers: Sequence[Layer]
    adapter: str
    id: str
    observation: Observation
    _began: float = field(default_factory=time.monotonic)
    _ended: bool = False
    _status: int = 0
    _streamed: bool = False

    def exchange(self) -> Flow[Reply]:
        """Run the request through the layers; finish a reply that came whole."""
        try:
            reply = yield from through(self.layers, self.call)
        except BaseException as error:
            self._end(Ending.FAILED, None, error)
            raise
        self._status, self._streamed = reply.status, reply.streams
        if reply.body is not None:
            whole = _whole(reply)
            if reply.finishers and whole is not None:
                yield from finish(reply.finishers, whole, self.call.ledger)
            self._end(Ending.COMPLETE, whole.given if whole else None)
        return reply

    def stream(self, reply: Reply) -> Stream:
        """Open a reply that streams."""
        return Stream(self.call.wire, reply, self.call.ledger, self._end)

    def _end(self, ending: Ending, given: Json, error: BaseException | None = None) -> None:
        if self._ended:
            return
        self._ended = True
        if given is not None and ending is Ending.COMPLETE:
            self._learn(given)
        exchange = self._record(ending, given)
        self.observation.end(exchange, error, self.call.ledger.attempts)
        self.pipeline.finished(exchange, self.call.ledger)

    def _learn(self, given: Json) -> None:
        call = self.call
        try:
            self.pipeline.targets.learn(call.wire.name, call.head, call.document.model, given)
        except Exception as error:
            call.ledger.failed(call.wire.name, "read", error)

    def _record(self, ending: Ending, given: Json) -> Exchange:
        call, ledger = self.call, self.call.ledger
        usage: Mapping[str, int] = {}
        if given is not None:
            try:
                usage = call.wire.usage(given)
            except Exception as error:
                ledger.failed(call.wire.name, "read", error)
        return Exchange(
            id=self.id,
            adapter=self.adapter,
            wire=call.wire.name,
            provider=call.target.provider.name if call.target else "",
            model=call.document.model,
            session=call.session,
            status=self._status,
            ending=ending.value,
            streamed=self._streamed,
            attempts=len(ledger.attempts),
            seconds=time.monotonic() - self._began,
            usage=usage,
            retention=ledger.retention,
            tools=ledger.tools,
            perturbation=ledger.perturbation,
            failures=tuple(ledger.failures),
        )


def _whole(reply: Reply) -> Whole | None:
    """Parse a whole reply: as the provider gave it, and as the framework gets it."""
    try:
        delivered = reply.data
        given = delivered if reply.given is None else parse(reply.given)
    except ValueError:
        return None
    return Whole(Ending.COMPLETE if reply.status < 300 else Ending.FAILED, given, delivered)
