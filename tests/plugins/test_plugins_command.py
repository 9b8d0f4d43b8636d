"""``sealegs plugins``: what is loaded, from which distribution, and what each contributes."""

from __future__ import annotations

import json
from importlib.metadata import version

import pytest

from sealegs import Catalog, Settings
from sealegs.cli import main
from sealegs_plugins.formats import ALL as FORMATS
from sealegs_plugins.wires import ALL as WIRES

OURS = f"sealegs {version('sealegs')}"


def test_json_holds_every_plugin_and_what_it_contributes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["plugins", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    plugins = {one["name"]: one for one in shown["plugins"]}
    assert shown["disabled"] == []
    assert plugins["wires"] == {
        "name": "wires",
        "distribution": OURS,
        "contributes": {"wires": [wire.name for wire in WIRES]},
    }
    assert sorted(plugins["formats"]["contributes"]["reasoning_formats"]) == sorted(
        form.name for form in FORMATS
    )
    assert plugins["reasoning"]["contributes"] == {"middleware": ["reasoning"]}
    assert "deepseek" in plugins["providers"]["contributes"]["providers"]


def test_the_list_for_people_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    catalog = Catalog.load()
    catalog.layers(Settings())
    expected: list[str] = []
    for one in catalog.plugins:
        expected.append(f"{one.name}  ({one.distribution})")
        expected += [f"    {kind}: {', '.join(names)}" for kind, names in one.contributes.items()]
    assert main(["plugins"]) == 0
    assert capsys.readouterr().out.splitlines() == expected


def test_a_blocked_plugin_is_shown_as_disabled(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEALEGS_DISABLED_PLUGINS", "reasoning,providers")
    assert main(["plugins"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2:] == ["reasoning  (disabled)", "providers  (disabled)"]
    assert f"reasoning  ({OURS})" not in lines
