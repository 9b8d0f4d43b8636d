"""What holds for the repository as a whole: its files, its wheel, a plugin of somebody else's."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from loopback import chat, loopback, whole

ROOT = Path(__file__).parents[1]
NOT_OURS = {"__pycache__", "build", "dist", "htmlcov", "uv.lock", "node_modules"}


def files() -> Iterator[Path]:
    """The repository's files, without what tools and runs leave behind."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in NOT_OURS and _kept(name)]
        for name in names:
            path = Path(folder, name)
            if _kept(name) and name not in NOT_OURS and path.suffix not in (".pyc", ".jsonl"):
                yield path


def _kept(name: str) -> bool:
    return not name.startswith(".") or name in (".ci", ".gitignore")


def texts() -> Iterator[tuple[Path, str]]:
    for path in files():
        try:
            yield path.relative_to(ROOT), path.read_text("utf-8")
        except UnicodeDecodeError:
            continue


FOREIGN = {
    "a package index": r"(?i)pypi\.(?:org|python)|pythonhosted\.org|index-url[ =]+http",
    "a path of some machine": r"(?<![\w.])/(?:work|root|home|Users)/\w",
}


@pytest.mark.parametrize("what", FOREIGN)
def test_no_file_speaks_of(what: str) -> None:
    pattern = re.compile(FOREIGN[what])
    found = [
        f"{path}:{text.count(chr(10), 0, hit.start()) + 1}: {hit[0]!r}"
        for path, text in texts()
        if path.name != Path(__file__).name
        for hit in pattern.finditer(text)
    ]
    assert found == []


def test_the_constraints_are_exact_and_name_no_host() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert [line for line in pins if not re.match(r"[a-z0-9-]+==[\w.]+( ; .+)?$", line)] == []
    assert "://" not in "".join(lines)


def test_the_constraints_pin_all_that_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = {line.partition("==")[0] for line in lines}
    extras, groups = project["project"]["optional-dependencies"], project["dependency-groups"]
    lists = [project["project"]["dependencies"], *extras.values(), *groups.values()]
    wanted = [one for several in lists for one in several if isinstance(one, str)]
    names = {re.split(r"[^\w-]", one.lower())[0].replace("_", "-") for one in wanted}
    assert names - {"sealegs"} - pinned == set()


# ------------------------------------------------------------------ the wheel


def build(project: Path, into: Path) -> Path:
    """Build a project's wheel, without a network."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "-d", str(into)]
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    (wheel,) = into.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("wheel"))


def test_the_wheel_holds_three_typed_packages_and_the_licence(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    roots = {name.partition("/")[0] for name in names}
    info = f"sealegs-{wheel.name.split('-')[1]}.dist-info"
    assert roots == {"sealegs", "sealegs_adapters", "sealegs_plugins", info}
    assert {f"{root}/py.typed" for root in roots - {info}} <= set(names)
    assert f"{info}/licenses/LICENSE" in names


def test_the_wheel_holds_every_module(wheel: Path) -> None:
    held = {name for name in zipfile.ZipFile(wheel).namelist() if name.endswith(".py")}
    rooms = (ROOT / "middleware", ROOT / "adapters", ROOT / "plugins")
    ours = {str(path.relative_to(room)) for room in rooms for path in room.rglob("*.py")}
    assert held == ours


def test_every_entry_point_of_the_wheel_is_a_module_of_it(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (name,) = [one for one in archive.namelist() if one.endswith("entry_points.txt")]
    modules = re.findall(r"= ([\w.]+)", archive.read(name).decode())
    held = set(archive.namelist())
    missing = [
        module
        for module in modules
        if held.isdisjoint({f"{(path := module.replace('.', '/'))}.py", f"{path}/__init__.py"})
    ]
    assert (len(modules) > 5, missing) == (True, [])


# ------------------------------------------------------------------ a plugin of somebody else's


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the example plugin is installed."""
    work = tmp_path_factory.mktemp("plugin")
    shutil.copytree(ROOT / "examples" / "plugin_package", work / "source")
    with zipfile.ZipFile(build(work / "source", work / "dist")) as archive:
        archive.extractall(work / "site")
    return work / "site"


def run_with(site: Path, *arguments: str, **more: str) -> str:
    """Run Python where the plugin is installed."""
    path = os.pathsep.join(filter(None, (str(site), os.environ.get("PYTHONPATH"))))
    environment: Mapping[str, str] = {**os.environ, "PYTHONPATH": path, **more}
    ran = subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


CONVERSATION = """
import logging, os, sys
import httpx
from sealegs_adapters import http

logging.basicConfig(stream=sys.stdout, format="%(name)s: %(message)s", level=logging.WARNING)
logging.getLogger("sealegs_acme").setLevel(logging.INFO)
client = http.wrap(httpx.Client(base_url="http://api.acme.example", proxy=os.environ["PROXY"]))
said = [{"role": "user", "content": "Draw a word."}]
for question in ("Which one?", "Sure?"):
    reply = client.post("/v1/chat/completions", json={"model": "acme-1", "messages": said}).json()
    said.append({"role": "assistant", "content": reply["choices"][0]["message"]["content"]})
    said.append({"role": "user", "content": question})
client.post("/v1/chat/completions", json={"model": "acme-1", "messages": said})
"""


def test_an_installed_plugin_is_used_in_an_exchange(site: Path) -> None:
    pads = [{"notes": "The word is herring.", "seal": "c2VhbA=="}, {"notes": "Yes."}, None]
    replies = [chat(text) for text in ("I have one.", "I know.", "Herring.")]
    for reply, pad in zip(replies, pads, strict=True):
        if pad:
            reply["choices"][0]["message"]["scratchpad"] = pad
    with loopback(*map(whole, replies)) as server:
        out = run_with(site, "-c", CONVERSATION, PROXY=server.url, NO_PROXY="")
    sent = [m.get("scratchpad") for m in server.asked[2].json["messages"]]
    assert server.asked[2].path == "http://api.acme.example/v1/chat/completions"
    assert sent == [None, pads[0], None, pads[1], None]
    assert out.splitlines() == [
        "sealegs_acme: acme-1: 0 restored, 0 lost",
        "sealegs_acme: acme-1: 1 restored, 0 lost",
        "sealegs_acme: acme-1: 2 restored, 0 lost",
    ]


def test_an_installed_plugin_is_listed_with_its_distribution(site: Path) -> None:
    listed = json.loads(run_with(site, "-m", "sealegs.cli", "plugins", "--json"))
    (acme,) = [one for one in listed["plugins"] if one["name"] == "acme"]
    assert acme == {
        "name": "acme",
        "distribution": "sealegs-acme 0.1.0",
        "contributes": {"providers": ["acme"], "reasoning_formats": ["acme_scratchpad"]},
    }


def test_an_installed_plugin_can_be_blocked(site: Path) -> None:
    out = run_with(site, "-m", "sealegs.cli", "plugins", "--json", SEALEGS_DISABLED_PLUGINS="acme")
    listed = json.loads(out)
    assert listed["disabled"] == ["acme"]
    assert "acme" not in [one["name"] for one in listed["plugins"]]
