"""Settings: three sources, one order, and no key that is passed over in silence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from sealegs import Settings, SettingsError
from sealegs.settings import RetentionSettings, TelemetrySettings


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No file but a test's own."""
    monkeypatch.chdir(tmp_path)


def project(folder: Path, text: str) -> Path:
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
    return folder


def test_defaults_are_what_is_documented() -> None:
    assert Settings.load() == Settings(
        enabled=True,
        disabled_plugins=(),
        namespace="",
        store="memory:",
        store_timeout_seconds=1.0,
        retention=RetentionSettings(
            mode="fix",
            parameters="needed",
            stamp_ids="auto",
            hidden_token_cap=None,
            cross_family=False,
            recover=True,
        ),
        telemetry=TelemetrySettings(enabled=True),
    )


def test_code_wins_over_the_environment_and_that_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project(
        tmp_path,
        "[tool.sealegs]\nstore = 'sqlite:file.db'\nnamespace = 'file'\n"
        "[tool.sealegs.retention]\nmode = 'off'\nstamp_ids = 'never'\nparameters = 'none'\n",
    )
    monkeypatch.setenv("SEALEGS_NAMESPACE", "environment")
    monkeypatch.setenv("SEALEGS_RETENTION__STAMP_IDS", "always")
    monkeypatch.setenv("SEALEGS_RETENTION__PARAMETERS", "all")
    assert Settings.load(retention={"parameters": "needed"}) == Settings(
        store="sqlite:file.db",
        namespace="environment",
        retention=RetentionSettings(mode="off", stamp_ids="always", parameters="needed"),
    )


def test_the_file_is_looked_for_upwards(tmp_path: Path) -> None:
    project(tmp_path, "[tool.sealegs]\nnamespace = 'above'\n")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert Settings.load(directory=inner).namespace == "above"


def test_the_nearest_file_is_the_only_one_read(tmp_path: Path) -> None:
    project(tmp_path, "[tool.sealegs]\nnamespace = 'above'\n")
    inner = tmp_path / "inner"
    inner.mkdir()
    project(inner, "[project]\nname = 'x'\n")
    assert Settings.load(directory=inner) == Settings()


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    project(tmp_path, "[tool.sealegs\n")
    with pytest.raises(SettingsError, match=r"pyproject\.toml: \[tool\.sealegs\]: cannot be read"):
        Settings.load()


@pytest.mark.parametrize(
    ("text", "key", "reason"),
    [
        ("stroe = 'memory:'", "stroe", "unknown setting; did you mean 'store'?"),
        ("retention.mod = 'fix'", "retention.mod", "unknown setting; did you mean 'mode'?"),
        ("telemetry.enable = 1", "telemetry.enable", "unknown setting; did you mean 'enabled'?"),
        ("telemetry.zzz = true", "telemetry.zzz", "unknown setting; known: enabled"),
    ],
)
def test_an_unknown_key_in_the_file_is_refused_with_the_nearest_known_one(
    tmp_path: Path, text: str, key: str, reason: str
) -> None:
    project(tmp_path, f"[tool.sealegs]\n{text}\n")
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    source = f"{tmp_path / 'pyproject.toml'} [tool.sealegs]"
    assert (caught.value.source, caught.value.key, caught.value.reason) == (source, key, reason)
    assert str(caught.value) == f"{source}: {key}: {reason}"


def test_an_unknown_variable_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEALEGS_RETENTION__MOED", "fix")
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    assert str(caught.value) == (
        "environment: retention.moed: unknown setting; did you mean 'mode'?"
    )


def test_an_unknown_keyword_is_refused() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.load(namspace="x")
    assert str(caught.value) == "arguments: namspace: unknown setting; did you mean 'namespace'?"


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"retention": {"mode": "on"}}, "retention.mode"),
        ({"retention": {"hidden_token_cap": -1}}, "retention.hidden_token_cap"),
        ({"store_timeout_seconds": 0}, "store_timeout_seconds"),
        ({"retention": "fix"}, "retention"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(given: dict[str, Any], key: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.load(**given)
    assert (caught.value.source, caught.value.key) == ("arguments", key)


@pytest.mark.parametrize("names", [("STORE", "STORE__PATH"), ("STORE__PATH", "STORE")])
def test_a_group_and_its_member_cannot_both_be_variables(
    monkeypatch: pytest.MonkeyPatch, names: tuple[str, str]
) -> None:
    for name in names:
        monkeypatch.setenv(f"SEALEGS_{name}", "x")
    with pytest.raises(SettingsError, match="environment: store: is set both whole and in part"):
        Settings.load()


SILENT = Settings(telemetry=TelemetrySettings(enabled=False))
CAPPED = Settings(retention=RetentionSettings(hidden_token_cap=9))
CROSSING = Settings(retention=RetentionSettings(cross_family=True))


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("SEALEGS_NAMESPACE", "42", Settings(namespace="42")),
        ("SEALEGS_NAMESPACE", "true", Settings(namespace="true")),
        ("SEALEGS_STORE_TIMEOUT_SECONDS", "2.5", Settings(store_timeout_seconds=2.5)),
        ("SEALEGS_TELEMETRY__ENABLED", "false", SILENT),
        ("SEALEGS_RETENTION__HIDDEN_TOKEN_CAP", "9", CAPPED),
        ("SEALEGS_RETENTION__HIDDEN_TOKEN_CAP", "null", Settings()),
        ("SEALEGS_RETENTION__CROSS_FAMILY", "1", CROSSING),
        ("SEALEGS_DISABLED_PLUGINS", " a, b ,,", Settings(disabled_plugins=("a", "b"))),
        ("SEALEGS_DISABLED_PLUGINS", "", Settings()),
        ("SEALEGS_OFF", "1", Settings(enabled=False)),
        ("SEALEGS_OFF", "true", Settings(enabled=False)),
        ("SEALEGS_OFF", "0", Settings()),
        ("SEALEGS_OFF", "", Settings()),
    ],
)
def test_variables_are_read_as_their_setting_needs(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, expected: Settings
) -> None:
    monkeypatch.setenv(name, text)
    assert Settings.load() == expected


def test_the_kill_switch_wins_over_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project(tmp_path, "[tool.sealegs]\nenabled = true\n")
    monkeypatch.setenv("SEALEGS_ENABLED", "true")
    monkeypatch.setenv("SEALEGS_OFF", "1")
    assert Settings.load(enabled=True).enabled is False


def test_a_kill_switch_that_is_not_pulled_turns_nothing_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project(tmp_path, "[tool.sealegs]\nenabled = false\n")
    monkeypatch.setenv("SEALEGS_OFF", "0")
    assert Settings.load().enabled is False


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings.load().namespace = "x"


def test_a_mapping_in_the_environment_is_json(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SEALEGS_TOOLS__MODES", '{"openai-chat": "report"}')
    assert Settings.load(directory=tmp_path).tools.modes == {"openai-chat": "report"}
    monkeypatch.setenv("SEALEGS_TOOLS__MODES", "report")
    with pytest.raises(SettingsError, match=r"environment: tools.modes: .* dictionary"):
        Settings.load(directory=tmp_path)
