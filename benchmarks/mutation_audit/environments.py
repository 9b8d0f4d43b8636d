"""One virtual environment per framework: their requirements exclude one another."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from frameworks import Framework

__all__ = ["REPOSITORY", "default_root", "make", "python_of", "versions"]

REPOSITORY = Path(__file__).resolve().parents[2]
_STAMP = "audit-requires.txt"


def default_root() -> Path:
    """Return the cache directory, outside of the repository, that holds the environments."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "sealegs-mutation-audit"


def python_of(root: Path, framework: Framework) -> Path:
    """Return the interpreter of a framework's environment."""
    place = ("Scripts", "python.exe") if sys.platform == "win32" else ("bin", "python")
    return root.joinpath(framework.name, *place)


def make(root: Path, framework: Framework, *, python: str, sealegs: Path | None) -> Path:
    """Make the environment of a framework where it is missing, and return its interpreter.

    Only wheels are installed, so nothing of a framework's is built or run while installing. An
    environment is made anew when its requirements changed; delete it to get newer releases.

    Args:
        root: The directory of the environments.
        framework: What to install.
        python: The version of Python.
        sealegs: A source tree of sealegs to install beside the framework, if any.

    Raises:
        SystemExit: uv failed, or sealegs would change what the framework runs on.
    """
    where, interpreter = root / framework.name, python_of(root, framework)
    wanted = "\n".join(framework.requires)
    stamp = where / _STAMP
    if not (stamp.exists() and stamp.read_text() == wanted):
        shutil.rmtree(where, ignore_errors=True)
        _uv("venv", "--quiet", "--python", python, str(where))
        if framework.requires:
            _install(interpreter, "--only-binary", ":all:", *framework.requires)
        stamp.write_text(wanted)
    if sealegs:
        before = versions(interpreter)
        _install(interpreter, "--editable", str(sealegs))
        _unchanged(framework, before, versions(interpreter))
    return interpreter


def versions(interpreter: Path) -> dict[str, str]:
    """Return what is installed in an environment: distribution name to version."""
    frozen = _uv("pip", "freeze", "--quiet", "--python", str(interpreter))
    return dict(line.split("==", 1) for line in frozen.splitlines() if "==" in line)


def _unchanged(framework: Framework, before: dict[str, str], after: dict[str, str]) -> None:
    changed = [name for name, version in before.items() if after.get(name) != version]
    if changed:
        raise SystemExit(f"{framework.name}: sealegs changed {', '.join(changed)}")


def _install(interpreter: Path, *arguments: str) -> None:
    _uv("pip", "install", "--quiet", "--python", str(interpreter), *arguments)


def _uv(*arguments: str) -> str:
    done = subprocess.run(["uv", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"uv {' '.join(arguments)} failed:\n{done.stderr.strip()}")
    return done.stdout
