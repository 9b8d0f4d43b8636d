"""Projects with a staging test, for tests of the pytest plugin."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest

import sealegs
from sealegs_plugins.pytest_plugin import session

# what a run within this process would import is imported here: pytester forgets what it imports
LOADED = (session, sealegs.Catalog.load(), getattr(sealegs, "tool"))  # noqa: B009

AGENTS = """
import sealegs

@sealegs.tool
def price(city: str) -> str:
    return {"Oslo": "120", "Rome": "80"}[city]

def careful(city):
    for _ in range(4):
        try:
            return price(city)
        except (TimeoutError, ConnectionError, RuntimeError, PermissionError, LookupError):
            continue
    raise AssertionError("gave up")

def hasty(city):
    return price(city)
"""

TEST = """
import pytest
from agents import careful, hasty

CASES = {{f"{{city}}-{{number}}": city for city in ("Oslo", "Rome") for number in range({count})}}

@pytest.mark.perturb("storm.toml", cases=CASES{more})
def test_price(sealegs):
    assert {agent}(sealegs.case) in ("120", "80")
"""

STORM = """
name = "storm"
[[uses]]
operator = "tool-error"
severity = 1
parameters = {{ share = 1.0 }}
rate = {rate}
"""


def write(
    project: pytest.Pytester, agent: str, *, count: int = 24, rate: float = 1.0, more: str = ""
) -> None:
    (project.path / "storm.toml").write_text(STORM.format(rate=rate))
    text = TEST.format(agent=agent, count=count, more=f", {more}" if more else "")
    project.makepyfile(test_agent=text)


def prepared(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project with two agents: one tries again, one does not."""
    monkeypatch.delenv("SEALEGS_CORPUS", raising=False)
    project.makepyfile(agents=AGENTS)
    project.syspathinsert()
    return project


def run(project: pytest.Pytester, *options: str) -> pytest.RunResult:
    """Run it: in a process of its own where there are others."""
    alone = {"-n1", "-n2"}.isdisjoint(options)
    go = project.runpytest_inprocess if alone else project.runpytest_subprocess
    return go("-q", *options)


def report(project: pytest.Pytester) -> Any:
    return json.loads((project.path / "out.json").read_text())


def plans(found: Any) -> Any:
    return found["plans"]


def records(found: Any, test: str = "test_agent.py::test_price") -> Any:
    return found["records"][test]


def said_again(done: pytest.RunResult) -> list[str]:
    """Give the options of the command that replays the plainest failure."""
    (line,) = [line for line in done.stdout.lines if "the plainest failure" in line]
    return shlex.split(line.partition(": pytest ")[2])
