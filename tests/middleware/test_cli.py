"""The ``sealegs`` command: a shell that shows its commands, runs one, and survives a bad one."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from sealegs.cli import main

HELLO = '''
"""Greet."""
from sealegs import SealegsError

HELP = "say hello"

def configure(parser):
    parser.add_argument("--status", type=int, default=0)

def run(options):
    print("hello")
    if options.status == 7:
        raise SealegsError("the sea is rough")
    if options.status == 8:
        raise KeyboardInterrupt
    return options.status
'''


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    install(tmp_path, "hello", HELLO)
    return tmp_path


def install(folder: Path, name: str, source: str) -> None:
    """Lay out a distribution with one command, as an installer does."""
    info = folder / f"sea_{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: sea-{name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[sealegs.commands]\n{name} = sea_{name}\n")
    (folder / f"sea_{name}.py").write_text(source)


@pytest.mark.parametrize(("status", "expected"), [(0, 0), (3, 3), (7, 2), (8, 130)])
def test_the_exit_status_is_the_commands_own(
    site: Path, capsys: pytest.CaptureFixture[str], status: int, expected: int
) -> None:
    assert main(["hello", "--status", str(status)]) == expected
    out, err = capsys.readouterr()
    assert out == "hello\n"
    assert err == ("sealegs: the sea is rough\n" if status == 7 else "")


def test_without_a_command_the_list_is_shown(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([]) == 2
    out = capsys.readouterr().out
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert "hello say hello" in lines
    assert {line.split()[0] for line in lines if line} >= {"audit", "demo", "plugins"}


def test_help_for_one_command_loads_no_other(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    install(site, "broken", "raise RuntimeError('boom')")
    with pytest.raises(SystemExit) as ended:
        main(["hello", "--help"])
    out, err = capsys.readouterr()
    assert (ended.value.code, err) == (0, "")
    assert {"Greet.", "--status"} <= set(out.split())


def test_a_command_that_cannot_be_loaded_is_named_and_the_others_stay(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    install(site, "broken", "raise RuntimeError('boom')")
    assert main([]) == 2
    out, err = capsys.readouterr()
    assert err == (
        "sealegs: the command 'broken' (from sea-broken) cannot be loaded: RuntimeError('boom')\n"
    )
    assert "say hello" in out


def test_an_unknown_command_is_refused_with_the_known_ones(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["helo"])
    assert ended.value.code == 2
    assert "hello" in capsys.readouterr().err


def test_the_version_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"sealegs {version('sealegs')}\n"


def test_the_module_runs_as_the_command() -> None:
    command = [sys.executable, "-m", "sealegs.cli", "plugins"]
    environment = {**os.environ, "SEALEGS_DISABLED_PLUGINS": "providers"}
    ran = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    assert "providers  (disabled)" in ran.stdout.splitlines()


def test_a_wrong_setting_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    environment = {**os.environ, "SEALEGS_STROE": "memory:"}
    command = [sys.executable, "-m", "sealegs.cli", "plugins"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert (ran.returncode, ran.stdout, ran.stderr) == (
        2,
        "",
        "sealegs: environment: stroe: unknown setting; did you mean 'store'?\n",
    )
