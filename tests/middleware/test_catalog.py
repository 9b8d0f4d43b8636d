"""The catalog: every hook, and every way in which loading a plugin can go wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from flows import Step, head, noted
from loopback import chat, loopback, whole
from sealegs import Catalog, Exchange, Pipeline, PluginError, Settings, hookimpl
from sealegs.calls.parsing import ToolCallParser
from sealegs.calls.saying import ToolLens
from sealegs.exchange import Failure
from sealegs.flow import Layer, send
from sealegs.knowledge import Provider, ReasoningFormat, Sign
from sealegs.perturbation.operators import Operator
from sealegs.perturbation.profiles import Profile
from sealegs.perturbation.saying import FaultLens, TextLens
from sealegs.schema.dialect import Dialect
from sealegs.schema.forms import ToolForm
from sealegs.wire import RequestHead, Wire
from sealegs_adapters import http
from sealegs_plugins.formats.fields import TextField
from sealegs_plugins.wires import ALL as WIRES

CHAT = frozenset({"openai-chat"})
BODY = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}
KINDS = (
    "wires",
    "reasoning_formats",
    "tool_forms",
    "tool_lenses",
    "schema_dialects",
    "tool_call_parsers",
    "perturbations",
    "profiles",
    "text_lenses",
    "fault_lenses",
)


def plugin(plugin_name: str = "mine", /, **hooks: Any) -> SimpleNamespace:
    """A plugin with hooks that give what is named; it is called ``mine``."""
    made = SimpleNamespace(name=plugin_name)
    for hook, given in hooks.items():
        setattr(made, hook, hookimpl(specname=hook)(_giving(given)))
    return made


def _giving(given: Any) -> Any:
    def give() -> Any:
        return given

    return give


def named(name: str) -> Any:
    return SimpleNamespace(name=name)


def row(name: str, **more: Any) -> Provider:
    return Provider(name=name, wires=CHAT, hosts=("api.mine.example",), **more)


def talk(pipeline: Pipeline, url: str) -> int:
    """Have one exchange with a server, through a real client."""
    with http.wrap(httpx.Client(base_url=url), pipeline=pipeline) as client:
        return client.post("/v1/chat/completions", json=BODY).status_code


# ------------------------------------------------------------------ one test for each hook


class Private:
    """A wire format of somebody's own: chat completions under another path."""

    def __init__(self) -> None:
        self._chat = next(wire for wire in WIRES if wire.name == "openai-chat")
        self.name = "private"

    def claims(self, head: RequestHead) -> bool:
        return head.path == "/private"

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chat, name)


def test_hook_wires() -> None:
    mine = cast("Wire", Private())
    catalog = Catalog.load(plugin(wires=[mine]))
    assert catalog.claim(head("/private")) is mine
    assert catalog.claim(head("/other")) is None


def test_hook_providers() -> None:
    ours, theirs = row("mine", rank=1), row("later", rank=2)
    catalog = Catalog.load(plugin(providers=[theirs, ours]))
    where = RequestHead("POST", "https://api.mine.example/v1", "api.mine.example", "/v1")
    assert catalog.directory.find("openai-chat", where, "m") is ours


def test_hook_reasoning_formats() -> None:
    mine: ReasoningFormat = TextField("mine", CHAT, "musings")
    assert Catalog.load(plugin(reasoning_formats=[mine])).formats["mine"] is mine


def test_hook_tool_forms() -> None:
    mine: ToolForm = named("ours")
    assert Catalog.load(plugin(tool_forms=[mine])).tool_forms["ours"] is mine


def test_hook_tool_lenses() -> None:
    mine: ToolLens = named("ours")
    assert Catalog.load(plugin(tool_lenses=[mine])).tool_lenses["ours"] is mine


def test_hook_schema_dialects() -> None:
    mine = Dialect("ours", "openai-chat", CHAT)
    assert Catalog.load(plugin(schema_dialects=[mine])).schema_dialects["ours"] is mine


def test_hook_tool_call_parsers() -> None:
    mine: ToolCallParser = named("xml")
    assert Catalog.load(plugin(tool_call_parsers=[mine])).tool_call_parsers["xml"] is mine


def test_hook_perturbations() -> None:
    mine: Operator = named("drop-key")
    assert Catalog.load(plugin(perturbations=[mine])).perturbations["drop-key"] is mine


def test_hook_profiles() -> None:
    mine = Profile(name="rough-sea")
    assert Catalog.load(plugin(profiles=[mine])).profiles["rough-sea"] is mine


def test_hook_text_lenses() -> None:
    mine: TextLens = named("ours")
    assert Catalog.load(plugin(text_lenses=[mine])).text_lenses["ours"] is mine


def test_hook_fault_lenses() -> None:
    mine: FaultLens = named("ours")
    assert Catalog.load(plugin(fault_lenses=[mine])).fault_lenses["ours"] is mine


@dataclass
class Adding:
    """Contributes layers that leave a note, and keeps what it was given."""

    layers: list[Layer]
    given: list[Any] = field(default_factory=list)
    name: str = "adding"

    @hookimpl
    def middleware(self, settings: Settings, catalog: Catalog) -> Iterable[Layer]:
        self.given += [settings, catalog]
        return self.layers


def noting(name: str, stage: int) -> Layer:
    return Step(lambda call: send(noted(call, name)), name=name, stage=stage)


def test_hook_middleware() -> None:
    adding = Adding([noting("mine", 500)])
    pipeline = Pipeline.load(adding)
    with loopback(whole(chat("hi"))) as server:
        talk(pipeline, server.url)
    assert server.asked[0].json["notes"] == ["mine"]
    assert adding.given == [pipeline.settings, pipeline.catalog]


@dataclass
class Observer:
    seen: list[Exchange] = field(default_factory=list)
    name: str = "observer"

    @hookimpl
    def exchange_finished(self, exchange: Exchange) -> None:
        self.seen.append(exchange)


def test_hook_exchange_finished() -> None:
    observer = Observer()
    with loopback(whole(chat("hi"))) as server:
        talk(Pipeline.load(observer), server.url)
    (seen,) = observer.seen
    assert (seen.adapter, seen.wire, seen.model, seen.status, seen.ending, seen.attempts) == (
        "http",
        "openai-chat",
        "m",
        200,
        "complete",
        1,
    )
    assert seen.usage == {"input": 7, "output": 5}


# ------------------------------------------------------------------ order, blocking, off


def test_layers_stand_by_stage_and_name_not_by_registration() -> None:
    early, late = Adding([noting("z", 150), noting("b", 400)]), Adding([noting("a", 400)])
    late.name = "late"
    expected = ["perturbation", "z", "tools", "reasoning", "a", "b", "transport-faults"]
    for plugins in ((early, late), (late, early)):
        layers = Catalog.load(*plugins).layers(Settings())
        assert [layer.name for layer in layers] == expected


def test_the_outermost_layer_is_the_first() -> None:
    pipeline = Pipeline.load(Adding([noting("inner", 500), noting("outer", 50)]))
    with loopback(whole(chat("hi"))) as server:
        talk(pipeline, server.url)
    assert server.asked[0].json["notes"] == ["outer", "inner"]


def test_blocking_an_argument_stops_a_plugin() -> None:
    catalog = Catalog.load(plugin(profiles=[named("x")]), blocked=["mine", "wires"])
    assert ("x" in catalog.profiles, catalog.wires) == (False, {})
    assert {"mine", "wires"}.isdisjoint(one.name for one in catalog.plugins)


def test_a_setting_stops_a_plugin() -> None:
    pipeline = Pipeline.load(Adding([noting("a", 1)]), disabled_plugins=("adding", "reasoning"))
    assert [layer.name for layer in pipeline.layers] == [
        "perturbation",
        "tools",
        "transport-faults",
    ]


def test_a_variable_stops_a_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEALEGS_DISABLED_PLUGINS", "reasoning, adding,tools,perturbation")
    assert Pipeline.load(Adding([noting("a", 1)])).layers == ()


def test_a_setting_stops_one_layer_of_a_plugin() -> None:
    pipeline = Pipeline.load(Adding([noting("a", 1), noting("b", 2)]), disabled_plugins=("a",))
    assert [layer.name for layer in pipeline.layers] == [
        "b",
        "perturbation",
        "tools",
        "reasoning",
        "transport-faults",
    ]


def test_switched_off_nothing_is_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEALEGS_OFF", "1")
    observer = Observer()
    pipeline = Pipeline.load(observer, Adding([noting("a", 1)]))
    with loopback(whole(chat("hi"))) as server:
        talk(pipeline, server.url)
    assert server.asked[0].json == BODY
    assert observer.seen == []


# ------------------------------------------------------------------ what goes wrong


def test_a_misspelt_hook_is_found() -> None:
    made = SimpleNamespace(name="mine", reasoning_format=hookimpl(lambda: ()))
    with pytest.raises(PluginError, match="reasoning_format") as caught:
        Catalog.load(made)
    assert (caught.value.plugin, caught.value.distribution) == ("mine", "given in code")


def test_a_hook_with_an_unknown_argument_is_found() -> None:
    made = SimpleNamespace(name="mine", wires=hookimpl(specname="wires")(lambda catalog: ()))
    with pytest.raises(PluginError, match="catalog") as caught:
        Catalog.load(made)
    assert caught.value.plugin == "mine"


@pytest.mark.parametrize(
    ("hook", "given"),
    [("wires", None), ("reasoning_formats", [object()]), ("profiles", 7)],
)
def test_a_hook_that_gives_something_else_names_its_plugin(hook: str, given: object) -> None:
    with pytest.raises(PluginError, match=hook) as caught:
        _ = Catalog.load(plugin(**{hook: given})).plugins
    assert caught.value.plugin == "mine"


@pytest.mark.parametrize("hook", KINDS)
def test_two_of_one_name_name_both_plugins(hook: str) -> None:
    twins = [plugin(name, **{hook: [named("same")]}) for name in ("first", "second")]
    with pytest.raises(PluginError) as caught:
        _ = Catalog.load(*twins, blocked=["wires", "formats"]).plugins
    assert caught.value.reason == f"{hook}: 'same' is contributed twice, by first and second"


def test_two_rows_for_the_same_requests_name_both_plugins() -> None:
    twins = [plugin(name, providers=[row("acme", source=name)]) for name in ("first", "second")]
    with pytest.raises(PluginError) as caught:
        Catalog.load(*twins)
    assert caught.value.plugin == "second"
    assert caught.value.reason.startswith("providers of first and second: two rows named 'acme'")


def test_a_row_that_cannot_be_compiled_names_its_plugin() -> None:
    bad = plugin("bad", providers=[row("acme", signs=(Sign("id", "(unclosed"),))])
    with pytest.raises(PluginError) as caught:
        Catalog.load(plugin(providers=[row("other")]), bad)
    assert caught.value.reason.startswith("providers of bad: ")


def test_two_plugins_of_one_name_are_an_error() -> None:
    with pytest.raises(PluginError) as caught:
        Catalog.load(plugin(), plugin())
    assert caught.value.plugin == "mine"


def test_an_observer_that_fails_stops_nobody() -> None:
    class Failing:
        name = "failing"

        @hookimpl
        def exchange_finished(self, exchange: Exchange) -> None:
            raise LookupError("no such table")

    observers = [Observer(name="a"), Observer(name="b")]
    pipeline = Pipeline.load(observers[0], Failing(), observers[1])
    with loopback(whole(chat("hi"))) as server:
        assert talk(pipeline, server.url) == 200
    assert [len(one.seen) for one in observers] == [1, 1]
    failures: list[Failure] = []
    pipeline.catalog.observe(observers[0].seen[0], failures.append)
    assert failures == [Failure("failing", "observer", "LookupError: no such table")]


# ------------------------------------------------------------------ installed plugins


def install(folder: Path, name: str, entry: str, module: str, source: str) -> None:
    """Lay out a distribution as an installer does."""
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[sealegs]\n{entry} = {module}\n")
    (folder / f"{module}.py").write_text(source)


PROFILE = """
from types import SimpleNamespace
from sealegs import hookimpl

@hookimpl
def profiles():
    return [SimpleNamespace(name="calm")]
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_an_installed_plugin_is_loaded_with_its_distribution(site: Path) -> None:
    install(site, "sea-state", "sea", "sea_state_ok", PROFILE)
    (sea,) = [one for one in Catalog.load().plugins if one.name == "sea"]
    assert (sea.distribution, sea.contributes) == ("sea-state 1.0", {"profiles": ("calm",)})


def test_an_installed_plugin_that_cannot_be_imported_is_named(site: Path) -> None:
    install(site, "sea-state", "sea", "sea_state_bad", "import no_such_module_anywhere")
    with pytest.raises(PluginError) as caught:
        Catalog.load()
    assert str(caught.value) == (
        "plugin 'sea' (from sea-state 1.0): cannot be imported: "
        "ModuleNotFoundError(\"No module named 'no_such_module_anywhere'\"). "
        "To go on without it, set SEALEGS_DISABLED_PLUGINS=sea"
    )


def test_an_installed_plugin_that_is_blocked_is_not_imported(site: Path) -> None:
    install(site, "sea-state", "sea", "sea_state_blocked", "raise SystemExit")
    assert "sea" not in [one.name for one in Catalog.load(blocked=["sea"]).plugins]


def test_an_installed_plugin_under_a_name_of_ours_is_refused(site: Path) -> None:
    install(site, "sea-state", "wires", "sea_state_twin", PROFILE)
    with pytest.raises(PluginError) as caught:
        Catalog.load()
    assert caught.value.plugin == "wires"
    named_ones = re.findall(r"sealegs [\d.]+\d|sea-state 1\.0", str(caught.value))
    assert sorted(named_ones) == ["sea-state 1.0", f"sealegs {version('sealegs')}"]


def test_a_misspelt_hook_of_an_installed_plugin_is_named(site: Path) -> None:
    install(site, "sea-state", "sea", "sea_state_typo", PROFILE.replace("profiles", "profile"))
    with pytest.raises(PluginError) as caught:
        Catalog.load()
    assert (caught.value.plugin, caught.value.distribution) == ("sea", "sea-state 1.0")


def test_what_plugins_contribute_is_shown() -> None:
    catalog = Catalog.load(plugin(profiles=[named("x"), named("y")]), Adding([noting("l", 1)]))
    catalog.layers(Settings())
    shown = {one.name: (one.distribution, one.contributes) for one in catalog.plugins}
    assert shown["mine"] == ("given in code", {"profiles": ("x", "y")})
    assert shown["adding"] == ("given in code", {"middleware": ("l",)})
    assert list(shown) == sorted(shown)
