"""Worlds: what is changed below a root, who met it, and that all of it comes back."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sealegs.errors import GuardError, PerturbationError
from sealegs.perturbation.drawing import digest
from sealegs.perturbation.trials.engine import RunningTrial
from sealegs.perturbation.world import Change
from sealegs.perturbation.worlds import confining, evidence
from sealegs.perturbation.worlds.clocks import WorldClock
from sealegs.perturbation.worlds.confining import Confined
from sealegs.perturbation.worlds.disturbing import (
    DisturbedWorld,
    Restored,
    disturbed_world,
    restore,
)
from sealegs.perturbation.worlds.undo_log import Journal, process_start
from world_trials import Says, aged, only, receipts, saying, snapshot, told, using

AS_ROOT = os.geteuid() == 0


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a few files."""
    folder = tmp_path / "root"
    (folder / "docs").mkdir(parents=True)
    (folder / "a.txt").write_text("alpha\n")
    (folder / "b.txt").write_text("beta\n")
    (folder / "b.txt").chmod(0o640)
    (folder / "docs/guide.md").write_bytes("# Guide\n\nBe kind. é\n".encode())
    return aged(folder)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def inside(root: Path, journal: Path) -> Callable[..., Any]:
    @contextmanager
    def entered(trial: RunningTrial, **more: Any) -> Iterator[DisturbedWorld]:
        with trial, disturbed_world(root=root, journal=journal, **more) as world:
            yield world

    return entered


def listed(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


WRITE = Change("write", "a.txt", {"text": "ALPHA\n"})
CREATE = Change("create", "docs/new/n.txt", {"text": "new\n"})
RENAME = Change("rename", "b.txt", {"to": "docs/c.txt"})
DELETE = Change("delete", "docs/guide.md")
FOLDER = Change("rename", "docs", {"to": "papers"})


# ------------------------------------------------------------------ there and back


@pytest.mark.parametrize(
    "changes",
    [(WRITE,), (CREATE,), (RENAME,), (DELETE,), (FOLDER,), (WRITE, CREATE, RENAME, DELETE)],
    ids=lambda changes: "+".join(change.what for change in changes),
)
def test_what_was_changed_comes_back_to_its_bytes_permissions_and_times(
    changes: tuple[Change, ...], root: Path, inside: Any
) -> None:
    before = snapshot(root)
    with inside(saying(*changes)) as world:
        during = snapshot(root)
    assert (during != before, snapshot(root), world.conflicts) == (True, before, ())


def test_operators_see_what_the_one_before_them_made_of_the_world(root: Path, inside: Any) -> None:
    before = snapshot(root)
    first, second = Says((RENAME,), "first"), Says((Change("delete", "docs/c.txt"),), "second")
    trial = using(first, second)
    with inside(trial):
        assert listed(root / "docs") == ["guide.md"]
    assert snapshot(root) == before
    assert [receipt.delivered for receipt in receipts(trial)] == [True, True]


def test_a_world_without_a_trial_and_one_of_a_clean_arm_are_left_alone(
    root: Path, journal: Path, inside: Any
) -> None:
    before = snapshot(root)
    with disturbed_world(root=root, journal=journal):
        assert snapshot(root) == before
    for arm, dry in (("clean", False), ("disturbed", True)):
        with inside(using(Says((WRITE,)), arm=arm, dry_run=dry)) as world:
            assert snapshot(root) == before
        assert world.conflicts == ()


def test_it_works_from_async_code(root: Path, journal: Path) -> None:
    async def agent() -> str:
        async with saying(WRITE) as trial:
            with disturbed_world(root=root, journal=journal):
                text = await asyncio.to_thread((root / "a.txt").read_text)
        return f"{text} {told(trial)[0]}"

    assert asyncio.run(agent()) == "ALPHA\n True"


def test_an_error_of_the_agent_restores_as_well(root: Path, inside: Any) -> None:
    before = snapshot(root)
    with pytest.raises(ZeroDivisionError), inside(saying(WRITE, CREATE)):
        raise ZeroDivisionError
    assert snapshot(root) == before


def test_an_injection_is_made_whole_or_not_at_all(root: Path, inside: Any) -> None:
    before = snapshot(root)
    trial = saying(WRITE, Change("delete", "absent.txt"))
    with inside(trial):
        assert snapshot(root) == before
    assert told(trial) == (False, "absent.txt: No such file or directory")


# ------------------------------------------------------------------ nothing outside of the root


@pytest.mark.parametrize(
    "path",
    ["../out.txt", "/etc/hostname", "docs/../../out.txt", "", "a//b", ".git/HEAD", "x/.GIT/y"],
)
def test_a_path_that_leads_out_of_the_root_ends_the_trial(
    path: str, root: Path, inside: Any
) -> None:
    before = snapshot(root)
    with pytest.raises(GuardError), inside(saying(WRITE, Change("create", path, {"text": "x"}))):
        pass
    assert snapshot(root) == before


def test_nothing_is_changed_through_a_link(root: Path, tmp_path: Path, inside: Any) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("secret\n")
    (root / "link").symlink_to(outside)
    (root / "file").symlink_to(outside / "secret.txt")
    os.link(outside / "secret.txt", root / "second.txt")
    before = snapshot(root), snapshot(outside)
    for change in (
        Change("write", "link/secret.txt", {"text": "x"}),
        Change("create", "link/new.txt", {"text": "x"}),
        Change("write", "file", {"text": "x"}),
        Change("delete", "file"),
        Change("write", "second.txt", {"text": "x"}),
        Change("rename", "a.txt", {"to": "link/a.txt"}),
        Change("mode", "file", {"mode": 0}),
    ):
        trial = saying(change)
        with inside(trial) as world:
            assert world.files == ["a.txt", "b.txt", "docs/guide.md", "second.txt"]
        assert not told(trial)[0]
    assert (snapshot(root), snapshot(outside)) == before


def test_a_link_that_the_agent_puts_in_the_way_is_not_followed(
    root: Path, tmp_path: Path, inside: Any
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "guide.md").write_text("theirs\n")
    before = snapshot(outside)
    with inside(saying(Change("write", "docs/guide.md", {"text": "ours\n"}))) as world:
        (root / "docs/guide.md").unlink()
        (root / "docs").rmdir()
        (root / "docs").symlink_to(outside)
    conflict = world.conflicts[-1]
    assert snapshot(outside) == before
    assert conflict.kept is not None
    assert conflict.kept.read_bytes() == "# Guide\n\nBe kind. é\n".encode()


def test_a_root_that_is_none_is_refused(tmp_path: Path, root: Path) -> None:
    for wrong in (Path("/"), tmp_path / "absent", root / "a.txt"):
        with (
            pytest.raises(GuardError, match="cannot be a world's root"),
            disturbed_world(root=wrong),
        ):
            pass
    with (
        saying(WRITE),
        pytest.raises(GuardError, match="within the root"),
        disturbed_world(root=root, journal=root / "journal"),
    ):
        pass


def test_a_root_is_disturbed_by_one_trial_at_a_time(root: Path, inside: Any) -> None:
    with inside(saying(WRITE)):
        for other in (root, root / "docs"):
            with (
                pytest.raises(PerturbationError, match=r"disturbed by|disturbed now"),
                saying(WRITE),
                disturbed_world(root=other, journal=root.parent / "journal"),
            ):
                pass


# ------------------------------------------------------------------ who met it


def test_what_nobody_read_is_not_delivered(inside: Any) -> None:
    trial = saying(WRITE)
    with inside(trial):
        pass
    assert told(trial) == (False, "nobody read a.txt")


@pytest.mark.parametrize(
    ("change", "meets"),
    [
        (WRITE, lambda root: (root / "a.txt").read_text()),
        (WRITE, lambda root: (root / "a.txt").write_text("mine")),
        (WRITE, lambda root: (root / "a.txt").unlink()),
        (RENAME, listed),
        (RENAME, lambda root: (root / "docs/c.txt").read_text()),
        (DELETE, lambda root: listed(root / "docs")),
        (FOLDER, listed),
        (Change("create", "n.txt", {"text": "x"}), lambda root: list(root.glob("*"))),
    ],
)
def test_reading_writing_and_listing_deliver(
    change: Change, meets: Callable[[Path], object], root: Path, inside: Any
) -> None:
    trial = saying(change)
    with inside(trial):
        meets(root)
    assert told(trial)[0]


def test_what_was_read_beside_it_does_not_deliver(root: Path, inside: Any) -> None:
    trial = saying(WRITE)
    with inside(trial) as world:
        (root / "b.txt").read_text()
        world.read("a.txt")
    assert told(trial) == (False, "nobody read a.txt")


def test_what_is_read_after_the_check_is_the_tests_own_reading(root: Path, inside: Any) -> None:
    trial = saying(WRITE)
    with inside(trial) as world:
        world.check()
        (root / "a.txt").read_text()
    assert told(trial) == (False, "nobody read a.txt")


@pytest.mark.parametrize(
    ("text", "delivered"),
    [
        ("FileNotFoundError: [Errno 2] No such file or directory: 'docs/guide.md'", True),
        ("I read guide.md yesterday", False),
        ("No such file: other.md", False),
    ],
)
def test_a_tools_result_that_tells_of_it_delivers(text: str, delivered: bool, inside: Any) -> None:
    trial = saying(DELETE)
    with inside(trial):
        trial.asked("", [text])
    assert told(trial)[0] == delivered


def test_a_tool_can_say_that_it_met_something(inside: Any) -> None:
    trial = saying(RENAME)
    with inside(trial) as world:
        world.met("a.txt")
        assert not only(trial).delivered
        world.met("b.txt", "the search found it no more")
    assert told(trial) == (True, "the search found it no more")


def test_what_was_met_is_told_at_the_next_request_already(root: Path, inside: Any) -> None:
    trial = saying(WRITE)
    with inside(trial):
        trial.asked("", [])
        assert not only(trial).delivered
        (root / "a.txt").read_text()
        trial.asked("", [])
        assert told(trial) == (True, "somebody read a.txt")


def test_a_file_system_without_times_of_reading_is_told(
    inside: Any, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # as noatime: reading leaves no trace
    monkeypatch.setattr(evidence.Watching, "_touch", lambda self, path: None)
    trial = saying(WRITE)
    with inside(trial):
        (root / "a.txt").read_text()
    assert told(trial) == (
        False,
        "no tool's result told of a.txt, and this file system keeps no times of reading",
    )


# ------------------------------------------------------------------ what the agent made of it


def test_a_renamed_file_takes_the_agents_content_home(root: Path, inside: Any) -> None:
    with inside(saying(RENAME)) as world:
        (root / "docs/c.txt").write_text("by the agent\n")
    assert (root / "b.txt").read_text() == "by the agent\n"
    assert not (root / "docs/c.txt").exists()
    assert [conflict.reason for conflict in world.conflicts] == [
        "the agent changed it; its content stays"
    ]


def test_of_a_rewritten_file_the_agents_version_is_kept(root: Path, inside: Any) -> None:
    before = snapshot(root)
    with inside(saying(WRITE)) as world:
        (root / "a.txt").write_text("by the agent\n")
    (conflict,) = world.conflicts
    assert (snapshot(root), conflict.path) == (before, "a.txt")
    assert conflict.kept is not None
    assert conflict.kept.read_text() == "by the agent\n"


def test_what_the_agent_deleted_comes_back(root: Path, inside: Any) -> None:
    before = snapshot(root)
    with inside(saying(WRITE, RENAME, CREATE)) as world:
        (root / "a.txt").unlink()
        (root / "docs/c.txt").unlink()
        (root / "docs/new/n.txt").unlink()
    now = snapshot(root)
    assert {name: facts[0] for name, facts in now.items()} == {
        name: facts[0] for name, facts in before.items()
    }
    assert (now["a.txt"], now["b.txt"]) == (before["a.txt"], before["b.txt"])
    assert [conflict.path for conflict in world.conflicts] == ["b.txt", "a.txt"]


def test_what_the_agent_made_anew_is_kept(root: Path, inside: Any) -> None:
    before = snapshot(root)
    with inside(saying(RENAME, DELETE)) as world:
        (root / "b.txt").write_text("anew\n")
        (root / "docs/guide.md").mkdir()
        (root / "docs/guide.md/x").write_text("deep\n")
    now = snapshot(root)
    assert (now["b.txt"], now["docs/guide.md"]) == (before["b.txt"], before["docs/guide.md"])
    kept = [conflict.kept for conflict in world.conflicts]
    assert kept[0] is not None
    assert (kept[0] / "x").read_text() == "deep\n"
    assert kept[1] is not None
    assert kept[1].read_text() == "anew\n"


def test_a_new_folder_that_the_agent_used_stays(root: Path, inside: Any) -> None:
    with inside(saying(CREATE)) as world:
        (root / "docs/new/own.txt").write_text("own\n")
    assert listed(root / "docs/new") == ["own.txt"]
    assert [conflict.path for conflict in world.conflicts] == ["docs/new"]


def test_a_folder_that_moved_comes_home_with_what_the_agent_put_into_it(
    root: Path, inside: Any
) -> None:
    with inside(saying(FOLDER)) as world:
        (root / "papers/own.txt").write_text("own\n")
    assert listed(root / "docs") == ["guide.md", "own.txt"]
    assert world.conflicts == ()


def test_a_folder_that_the_agent_deleted_under_its_new_name_comes_back(
    root: Path, inside: Any
) -> None:
    before = snapshot(root)
    with inside(saying(FOLDER)) as world:
        (root / "papers/guide.md").unlink()
        (root / "papers").rmdir()
    now = snapshot(root)
    assert now["docs/guide.md"] == before["docs/guide.md"]
    assert [conflict.reason for conflict in world.conflicts] == ["the agent deleted or moved it"]


def test_what_the_agent_put_right_itself_is_no_conflict(root: Path, inside: Any) -> None:
    before = snapshot(root)
    with inside(saying(WRITE, RENAME, DELETE, CREATE)) as world:
        (root / "a.txt").write_text("alpha\n")
        (root / "docs/c.txt").rename(root / "b.txt")
        (root / "docs/guide.md").write_bytes("# Guide\n\nBe kind. é\n".encode())
        (root / "docs/new/n.txt").unlink()
        (root / "docs/new").rmdir()
    now = snapshot(root)
    assert world.conflicts == ()
    assert {name: facts[0] for name, facts in now.items()} == {
        name: facts[0] for name, facts in before.items()
    }
    assert now["a.txt"] == before["a.txt"]


def test_something_else_in_the_place_of_a_file_is_set_aside(root: Path, inside: Any) -> None:
    before = snapshot(root)
    with inside(saying(WRITE)) as world:
        (root / "a.txt").unlink()
        (root / "a.txt").mkdir()
        (root / "a.txt/x").write_text("deep\n")
    (conflict,) = world.conflicts
    assert snapshot(root)["a.txt"] == before["a.txt"]
    assert conflict.kept is not None
    assert (conflict.kept / "x").read_text() == "deep\n"


def test_a_second_name_that_the_agent_gave_a_file_keeps_the_agents_content(
    root: Path, tmp_path: Path, inside: Any
) -> None:
    with inside(saying(WRITE)):
        (root / "a.txt").write_text("by the agent\n")
        os.link(root / "a.txt", tmp_path / "outside.txt")
    assert (root / "a.txt").read_text() == "alpha\n"
    assert (tmp_path / "outside.txt").read_text() == "by the agent\n"


def test_a_folder_that_is_too_large_to_be_kept_is_not_moved(
    root: Path, inside: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sealegs.perturbation.worlds.applying._MOST_KEPT", 3)
    before = snapshot(root)
    trial = saying(FOLDER)
    with inside(trial):
        pass
    assert told(trial) == (False, "docs holds more than is kept for restoring")
    assert snapshot(root) == before


# ------------------------------------------------------------------ after a crash

_CRASHES = """
    import os, signal, sys
    sys.path[:0] = {paths!r}
    from sealegs.perturbation.worlds import applying, restoring
    from sealegs.perturbation.world import Change
    from sealegs.perturbation.worlds.disturbing import disturbed_world
    from world_trials import saying

    def kill(*_):
        os.kill(os.getpid(), signal.SIGKILL)

    changes = [Change(**one) for one in {changes!r}]
    where = {where!r}
    if where == "before":    # the line is written, and nothing is done yet
        applying.Confined.write = applying.Confined.create = applying.Confined.rename = kill
    if where == "between":   # it is done, and that is not yet written
        restoring.Journal.done = kill
    if where == "undoing":   # in the middle of restoring
        restoring.Journal.undone = kill
    with saying(*changes), disturbed_world(root={root!r}, journal={journal!r}):
        if where == "inside":
            kill()
        if where == "forks":
            if os.fork() == 0:
                sys.exit()  # on its way out it passes the end of the block
            os.wait()
            print(open(os.path.join({root!r}, "a.txt")).read(), flush=True)
        if where == "waits":
            print("ready", flush=True)
            sys.stdin.read()
"""


def crashes(root: Path, journal: Path, where: str, *changes: Change) -> subprocess.Popen[str]:
    tests = Path(__file__).parents[1]
    script = textwrap.dedent(_CRASHES).format(
        paths=[str(tests)],
        changes=[
            {"what": one.what, "path": one.path, "values": dict(one.values)} for one in changes
        ],
        where=where,
        root=str(root),
        journal=str(journal),
    )
    return subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("where", ["before", "between", "inside", "undoing"])
def test_what_a_killed_process_left_is_restored_to_the_very_bytes(
    where: str, root: Path, journal: Path
) -> None:
    before = snapshot(root)
    with crashes(root, journal, where, WRITE, CREATE, RENAME, DELETE) as process:
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    restored = restore(root, journal=journal)
    assert (snapshot(root), restored.conflicts) == (before, ())
    assert restored.undone >= 1
    assert restore(root, journal=journal) == Restored()


def test_the_next_world_restores_what_is_left_over(root: Path, journal: Path, inside: Any) -> None:
    before = snapshot(root)
    with crashes(root, journal, "inside", WRITE, FOLDER) as process:
        process.communicate()
    assert snapshot(root) != before
    with inside(using(arm="clean")):
        assert snapshot(root) == before


def test_what_a_running_process_disturbs_is_left_to_it(root: Path, journal: Path) -> None:
    with crashes(root, journal, "waits", WRITE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        with pytest.raises(PerturbationError, match=f"running process {process.pid}"):
            restore(root, journal=journal)
        process.communicate("")
    assert process.returncode == 0
    assert (root / "a.txt").read_text() == "alpha\n"


def test_a_process_that_the_agent_forks_off_restores_nothing(root: Path, journal: Path) -> None:
    before = snapshot(root)
    with crashes(root, journal, "forks", WRITE) as process:
        said, _ = process.communicate()
    assert (said, process.returncode, snapshot(root)) == ("ALPHA\n\n", 0, before)


def test_another_process_of_the_same_number_is_not_taken_for_the_owner(
    root: Path, journal: Path
) -> None:
    with crashes(root, journal, "inside", WRITE) as process:
        process.communicate()
    book = Journal(journal, root)
    owner = book.place / "owner"
    text = owner.read_text().replace(f'"pid":{process.pid}', f'"pid":{os.getpid()}')
    owner.write_text(text)
    assert process_start(os.getpid()) not in text
    assert restore(root, journal=journal).undone == 1
    assert (root / "a.txt").read_text() == "alpha\n"


def test_a_journal_is_for_its_owner_alone(root: Path, journal: Path, inside: Any) -> None:
    with inside(saying(WRITE, DELETE)):
        kept = sorted(journal.rglob("*"))
        modes = {stat.S_IMODE(path.stat().st_mode) for path in kept if path.is_file()}
        folders = {stat.S_IMODE(path.stat().st_mode) for path in kept if path.is_dir()}
    assert (modes, folders) == ({0o600}, {0o700})


def test_a_journal_that_broke_off_in_a_line_is_read_up_to_there(root: Path, journal: Path) -> None:
    before = snapshot(root)
    with crashes(root, journal, "inside", WRITE, RENAME) as process:
        process.communicate()
    lines = Journal(journal, root).place / "journal"
    lines.write_bytes(lines.read_bytes() + b'{"begun": 9, "kind": "wri')
    restore(root, journal=journal)
    assert snapshot(root) == before


# ------------------------------------------------------------------ any changes to any tree

names = st.sampled_from(["a", "b", "c.txt", "d e", "é", "f/g", "f/h", "i/j/k", "-l", "m\nn"])
trees = st.dictionaries(names, st.binary(max_size=12), min_size=1, max_size=6)
edits = st.lists(
    st.one_of(
        st.builds(
            lambda path, text: Change("write", path, {"text": text}), names, st.text(max_size=5)
        ),
        st.builds(
            lambda path, text: Change("create", path, {"text": text}), names, st.text(max_size=5)
        ),
        st.builds(lambda path, to: Change("rename", path, {"to": to}), names, names),
        st.builds(lambda path, to: Change("rename", path, {"to": to}), st.just("f"), names),
        st.builds(lambda path: Change("delete", path), names),
        st.builds(lambda path, mode: Change("mode", path, {"mode": mode}), names, st.just(0o400)),
    ),
    max_size=7,
)


@given(tree=trees, changes=edits, whole=st.booleans())
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
def test_changing_and_restoring_is_the_identity(
    tree: dict[str, bytes], changes: list[Change], whole: bool, tmp_path_factory: Any
) -> None:
    base = tmp_path_factory.mktemp("any")
    root = base / "root"
    for name, data in tree.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    before = snapshot(aged(root))
    operators = [Says((change,), f"says {at}") for at, change in enumerate(changes)]
    trial = saying(*changes) if whole else using(*operators)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: 1000)  # so that permissions change as well
        with trial, disturbed_world(root=root, journal=base / "journal") as world:
            pass
    assert (snapshot(root), world.conflicts) == (before, ())


acts = st.lists(st.tuples(st.sampled_from(["write", "delete"]), names), max_size=6)


@given(tree=trees, changes=edits, agent=acts)
@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_the_agent_does_its_work_is_kept_and_the_originals_come_back(
    tree: dict[str, bytes], changes: list[Change], agent: list[Any], tmp_path_factory: Any
) -> None:
    base = tmp_path_factory.mktemp("any")
    root = base / "root"
    for name, data in tree.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    written: dict[str, bytes] = {}
    operators = [Says((change,), f"says {at}") for at, change in enumerate(changes)]
    with using(*operators), disturbed_world(root=root, journal=base / "journal"):
        for number, (act, name) in enumerate(agent):
            path = root / name
            if act == "write" and path.parent.is_dir() and not path.is_dir():
                path.chmod(0o600) if path.exists() else None
                path.write_bytes(b"by the agent %d" % number)
                written[name] = path.read_bytes()
            elif act == "delete" and path.is_file():
                path.unlink()
                written.pop(name, None)
    left = {path: (root / path).read_bytes() for path in Confined(root).files()}
    kept = [path.read_bytes() for path in base.glob("journal/kept/**/*") if path.is_file()]
    for data in written.values():
        assert data in [*left.values(), *kept]
    touched = {name for _, name in agent}
    if not any(change.what == "rename" for change in changes):
        assert {name: left.get(name) for name in tree if name not in touched} == {
            name: data for name, data in tree.items() if name not in touched
        }


# ------------------------------------------------------------------ permissions, databases


@pytest.mark.skipif(not AS_ROOT, reason="only root is bound by no mode")
def test_root_is_bound_by_no_mode_and_that_is_told(inside: Any, root: Path) -> None:
    before = snapshot(root)
    trial = saying(Change("mode", "a.txt", {"mode": 0o444}))
    with inside(trial):
        assert snapshot(root) == before
    assert told(trial) == (
        False,
        "cannot be delivered: this process runs as root, whom no mode binds",
    )


_READ_ONLY = """
    import os, sys, tempfile
    sys.path[:0] = {paths!r}
    from pathlib import Path
    from sealegs.perturbation.world import Change
    from sealegs.perturbation.worlds.disturbing import disturbed_world
    from world_trials import only, saying, snapshot, told

    with saying():  # all is loaded before the files of the interpreter are out of reach
        pass
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "root"
        root.mkdir()
        (root / "a.txt").write_text("alpha")
        before = snapshot(root)
        trial = saying(Change("mode", "a.txt", {{"mode": 0o444}}))
        with trial, disturbed_world(root=root, journal=Path(folder) / "journal"):
            trial.asked("", ["a.txt holds " + (root / "a.txt").read_text()])
            print(only(trial).delivered)
            try:
                (root / "a.txt").write_text("by the agent")
            except PermissionError as error:
                trial.asked("", [f"PermissionError: {{error}}"])
        print(told(trial), snapshot(root) == before)
"""


def test_a_file_that_cannot_be_written_is_met_when_a_tool_says_so() -> None:
    script = textwrap.dedent(_READ_ONLY).format(paths=[str(Path(__file__).parents[1])])
    ran = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd="/"
    )
    assert ran.stdout == 'False\n(True, "a tool\'s result tells of a.txt") True\n'


SQL = Change("sql", "app.db", {"statements": ['ALTER TABLE "t" RENAME COLUMN "name" TO "label"']})


def database(file: Path, *, wal: bool = False) -> Path:
    with closing(sqlite3.connect(file)) as db:
        if wal:
            db.execute("PRAGMA journal_mode=wal")
        db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)")
        db.executemany("INSERT INTO t (name) VALUES (?)", [("one",), ("two",)])
        db.commit()
    return file


def columns(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as db:
        return [row[1] for row in db.execute("PRAGMA table_info(t)")]


@pytest.mark.parametrize("wal", [False, True])
def test_a_database_is_changed_and_restored_to_the_very_bytes(
    wal: bool, root: Path, inside: Any
) -> None:
    database(root / "app.db", wal=wal)
    before = snapshot(aged(root))
    trial = saying(SQL)
    with inside(trial) as world:
        assert world.databases == ["app.db"]
        assert columns(root / "app.db") == ["id", "label"]
    assert told(trial) == (True, "somebody read app.db")
    now = snapshot(root)
    assert now["app.db"] == before["app.db"]
    assert (sorted(now), world.conflicts) == (sorted(before), ())


def test_a_database_that_nobody_opened_is_not_delivered(root: Path, inside: Any) -> None:
    database(root / "app.db")
    before = snapshot(aged(root))
    trial = saying(SQL)
    with inside(trial):
        pass
    assert told(trial) == (False, "nobody read app.db")
    assert snapshot(root) == before


def test_a_log_beside_a_database_comes_back_with_it(
    root: Path, tmp_path: Path, inside: Any
) -> None:
    database(tmp_path / "live.db", wal=True)
    with closing(sqlite3.connect(tmp_path / "live.db")) as live:
        live.execute("INSERT INTO t (name) VALUES ('in the log')")
        live.commit()
        for end in ("", "-wal"):  # as a process that died leaves them
            data = (tmp_path / f"live.db{end}").read_bytes()
            (root / f"app.db{end}").write_bytes(data)
    before = {end: (root / f"app.db{end}").read_bytes() for end in ("", "-wal")}
    with inside(saying(SQL)):
        assert columns(root / "app.db") == ["id", "label"]
    assert {end: (root / f"app.db{end}").read_bytes() for end in ("", "-wal")} == before


def test_what_the_agent_wrote_into_a_database_is_kept(root: Path, inside: Any) -> None:
    database(root / "app.db")
    before = (root / "app.db").read_bytes()
    with inside(saying(SQL)) as world, closing(sqlite3.connect(root / "app.db")) as db:
        db.execute("INSERT INTO t (label) VALUES ('three')")
        db.commit()
    (conflict,) = world.conflicts
    assert (root / "app.db").read_bytes() == before
    assert conflict.kept is not None
    with closing(sqlite3.connect(conflict.kept)) as kept:
        assert kept.execute("SELECT label FROM t").fetchall() == [("one",), ("two",), ("three",)]


@pytest.mark.parametrize("wal", [False, True])
def test_a_connection_that_stays_open_sees_the_change_and_its_end(
    wal: bool, root: Path, inside: Any
) -> None:
    database(root / "app.db", wal=wal)
    with closing(sqlite3.connect(root / "app.db")) as db:
        assert db.execute("SELECT name FROM t").fetchall() == [("one",), ("two",)]
        trial = saying(SQL)
        with inside(trial) as world:
            assert db.execute("SELECT label FROM t").fetchall() == [("one",), ("two",)]
        assert db.execute("SELECT name FROM t").fetchall() == [("one",), ("two",)]
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert [conflict.reason for conflict in world.conflicts] == (
        ["somebody still has it open: its content is restored, not its very bytes"] if wal else []
    )


@pytest.mark.parametrize("made", [None, b"", b"no database at all, but long enough"])
def test_a_database_that_the_agent_destroyed_comes_back(
    made: bytes | None, root: Path, inside: Any
) -> None:
    database(root / "app.db")
    before = snapshot(aged(root))
    with inside(saying(SQL)) as world:
        (root / "app.db").unlink()
        if made is not None:
            (root / "app.db").write_bytes(made)
    assert snapshot(root)["app.db"] == before["app.db"]
    assert len(world.conflicts) == 1


def test_a_database_in_the_midst_of_somebodys_writing_is_left_alone(
    root: Path, inside: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sealegs.perturbation.worlds.databases._PATIENCE", 0.05)
    database(root / "app.db")
    with closing(sqlite3.connect(root / "app.db")) as db:
        db.execute("BEGIN EXCLUSIVE")
        trial = saying(SQL)
        with inside(trial):
            pass
    assert told(trial) == (False, "app.db: database is locked")
    assert columns(root / "app.db") == ["id", "name"]


def test_a_database_that_somebody_still_writes_to_at_the_end_is_told_and_its_original_kept(
    root: Path, inside: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sealegs.perturbation.worlds.databases._PATIENCE", 0.05)
    database(root / "app.db")
    original = (root / "app.db").read_bytes()
    with closing(sqlite3.connect(root / "app.db")) as db:
        with inside(saying(SQL, WRITE)) as world:
            db.execute("BEGIN EXCLUSIVE")
            db.execute("INSERT INTO t (label) VALUES ('half')")
        db.rollback()
    assert (root / "a.txt").read_text() == "alpha\n"
    kept = [conflict.kept for conflict in world.conflicts if conflict.kept is not None]
    assert [path.read_bytes() for path in kept][-1:] == [original]


def test_a_statement_that_fails_changes_nothing(root: Path, inside: Any) -> None:
    database(root / "app.db")
    before = snapshot(aged(root))
    trial = saying(WRITE, Change("sql", "app.db", {"statements": ["DROP TABLE absent"]}))
    with inside(trial):
        pass
    assert told(trial) == (False, "app.db: no such table: absent")
    assert snapshot(root) == before


# ------------------------------------------------------------------ git


def git(root: Path, *words: str) -> str:
    identity = ("-c", "user.name=n", "-c", "user.email=e@example.org")
    ran = subprocess.run(
        ["git", *identity, *words], cwd=root, check=True, capture_output=True, text=True
    )
    return ran.stdout


@pytest.fixture
def tree(root: Path) -> Path:
    git(root, "init", "-q", "-b", "main")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "first")
    (root / "b.txt").write_text("not committed\n")
    (root / "untracked.txt").write_text("u\n")
    return root


def state(root: Path) -> tuple[str, str, str, str]:
    return (
        git(root, "status", "--porcelain=v2", "--branch"),
        (root / ".git/HEAD").read_text(),
        git(root, "for-each-ref"),
        git(root, "ls-files", "--stage"),
    )


@pytest.mark.parametrize(
    "values",
    [
        {"does": "branch", "branch": "wip"},
        {"does": "detach"},
        {"does": "conflict", "file": "a.txt"},
    ],
    ids=lambda values: values["does"],
)
def test_a_work_tree_comes_back_to_the_same_status_and_head(
    values: dict[str, str], tree: Path, inside: Any
) -> None:
    before = state(tree)
    trial = saying(Change("git", ".", values), WRITE)
    with inside(trial) as world:
        assert world.worktrees == ["."]
        assert state(tree) != before
    assert (state(tree), world.conflicts, told(trial)[0]) == (before, (), True)
    assert git(tree, "fsck", "--strict") == ""


def test_commits_that_the_agent_made_on_a_strange_branch_are_kept(tree: Path, inside: Any) -> None:
    with inside(saying(Change("git", ".", {"does": "branch", "branch": "wip"}))) as world:
        git(tree, "commit", "-q", "-a", "-m", "by the agent")
        made = git(tree, "rev-parse", "HEAD").strip()
    (conflict,) = world.conflicts
    assert conflict.reason.endswith(f"refs/sealegs/kept/{made[:12]}")
    assert git(tree, "log", "-1", "--format=%s", f"refs/sealegs/kept/{made[:12]}") == (
        "by the agent\n"
    )
    assert git(tree, "symbolic-ref", "HEAD") == "refs/heads/main\n"


def test_a_detached_work_tree_is_detached_again_and_commits_on_it_are_kept(
    tree: Path, inside: Any
) -> None:
    git(tree, "checkout", "-q", "--detach")
    before = state(tree)
    with inside(saying(Change("git", ".", {"does": "branch", "branch": "wip"}))) as world:
        assert git(tree, "symbolic-ref", "HEAD") == "refs/heads/wip\n"
    assert (state(tree), world.conflicts) == (before, ())
    git(tree, "checkout", "-q", "main")
    with inside(saying(Change("git", ".", {"does": "detach"}))) as world:
        git(tree, "commit", "-q", "-a", "-m", "by the agent")
        made = git(tree, "rev-parse", "HEAD").strip()
    assert git(tree, "symbolic-ref", "HEAD") == "refs/heads/main\n"
    assert git(tree, "rev-parse", f"refs/sealegs/kept/{made[:12]}").strip() == made
    assert len(world.conflicts) == 1


def test_a_branch_that_the_agent_went_on_to_is_where_it_stays(tree: Path, inside: Any) -> None:
    with inside(saying(Change("git", ".", {"does": "branch", "branch": "wip"}))) as world:
        git(tree, "checkout", "-q", "-b", "own")
    assert git(tree, "symbolic-ref", "HEAD") == "refs/heads/own\n"
    assert [conflict.reason for conflict in world.conflicts] == [
        "the agent went on to refs/heads/own, and it stays there"
    ]


def test_a_conflict_that_the_agent_resolved_stays_resolved(tree: Path, inside: Any) -> None:
    with inside(saying(Change("git", ".", {"does": "conflict", "file": "a.txt"}))) as world:
        (tree / "a.txt").write_text("resolved\n")
        git(tree, "add", "a.txt")
    assert git(tree, "ls-files", "--unmerged") == ""
    assert [conflict.path for conflict in world.conflicts] == ["."]


@pytest.mark.parametrize(
    "change",
    [
        Change("git", ".", {"does": "conflict", "file": "untracked.txt"}),
        Change("git", ".", {"does": "branch", "branch": "main"}),
        Change("git", ".", {"does": "branch", "branch": "--bad name"}),
        Change("git", "docs", {"does": "detach"}),
        Change("git", ".", {"does": "other"}),
    ],
)
def test_what_a_work_tree_does_not_allow_is_told(change: Change, tree: Path, inside: Any) -> None:
    before = state(tree)
    trial = saying(change)
    with inside(trial):
        pass
    assert (told(trial)[0], state(tree)) == (False, before)


def test_without_git_the_reason_is_told(
    tree: Path, inside: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sealegs.perturbation.worlds.worktrees.shutil.which", lambda name: None)
    trial = saying(Change("git", ".", {"does": "detach"}))
    with inside(trial):
        pass
    assert told(trial) == (False, "there is no git here")


def test_a_work_tree_whose_git_folder_is_elsewhere_is_none(root: Path, inside: Any) -> None:
    (root / ".git").write_text("gitdir: /somewhere/else\n")
    with inside(saying(WRITE)) as world:
        assert world.worktrees == []


# ------------------------------------------------------------------ clocks and events


def test_a_shifted_clock_is_delivered_when_it_is_asked(inside: Any) -> None:
    asked, unasked = (saying(Change("clock", values={"seconds": 3600})) for _ in range(2))
    with inside(asked, clock=lambda: 0.0) as world:
        assert world.clock.time() == 3600.0
    assert world.clock.time() == 0.0
    with inside(unasked, clock=lambda: 0.0):
        pass
    assert told(asked) == (True, "the clock was asked 1 times")
    assert told(unasked) == (False, "nobody asked the clock")


def test_a_clock_is_in_the_zone_that_it_is_shifted_to(inside: Any) -> None:
    change = Change("clock", values={"seconds": 0, "zone": "UTC+345"})
    with inside(saying(change), clock=WorldClock(lambda: 0.0)) as world:
        assert world.clock.now().isoformat() == "1970-01-01T05:45:00+05:45"
    assert world.clock.now().isoformat() == "1970-01-01T00:00:00+00:00"


def test_a_clock_that_is_not_there_and_a_zone_that_is_none_are_told(inside: Any) -> None:
    trial = saying(Change("clock", values={"seconds": 1}))
    with inside(trial):
        pass
    assert told(trial) == (False, "this world has no clock of its own")
    trial = saying(Change("clock", values={"seconds": 1, "zone": "Mars/Base"}))
    with inside(trial, clock=time.time):
        pass
    assert told(trial) == (False, "there is no time zone 'Mars/Base' here")


def test_an_event_happens_at_its_step_and_as_often_as_it_is_delivered(inside: Any) -> None:
    happened: list[str] = []
    trial = saying(Change("event", values={"event": "mail", "when": {"step": 2}, "times": 2}))
    with inside(trial, events={"mail": lambda: happened.append("mail")}):
        for step in range(4):
            trial.asked("", [])
            assert len(happened) == (2 if step >= 2 else 0)
    assert told(trial) == (True, "mail happened at step 2")


def test_an_event_whose_step_did_not_come_is_not_delivered(inside: Any) -> None:
    trial = saying(Change("event", values={"event": "mail", "when": {"step": 5}}))
    with inside(trial, events={"mail": lambda: None}):
        trial.asked("", [])
    assert told(trial) == (False, "the trial ended after 1 step, before its step came")


def test_an_event_that_fails_and_one_that_nobody_gave_end_the_trial(inside: Any) -> None:
    for events in ({"mail": lambda: 1 / 0}, {}):
        trial = saying(Change("event", values={"event": "mail", "when": {"step": 0}}))
        with pytest.raises(PerturbationError, match="'mail'"), inside(trial, events=events):
            trial.asked("", [])
        assert "'mail'" in trial.record().failure


def test_an_event_that_must_be_awaited_is_refused(root: Path) -> None:
    async def mail() -> None: ...

    with (
        pytest.raises(TypeError, match="'mail'"),
        disturbed_world(root=root, events={"mail": mail}),
    ):
        pass


def test_what_changes_after_a_reading_is_delivered_by_the_next(root: Path, inside: Any) -> None:
    before = snapshot(root)
    write = {"what": "write", "path": "a.txt", "values": dict(WRITE.values)}
    when = Change("event", values={"when": {"read": "a.txt"}, "changes": [write]})
    trial = saying(when)
    with inside(trial):
        trial.asked("", [])
        assert (root / "a.txt").read_text() == "alpha\n"
        trial.asked("", [])
        assert not only(trial).delivered
        assert (root / "a.txt").read_text() == "ALPHA\n"
    assert told(trial) == (True, "somebody read a.txt")
    assert snapshot(root) == before


def test_what_follows_a_change_of_the_agents_waits_for_it(root: Path, inside: Any) -> None:
    create = {"what": "create", "path": "reply.txt", "values": {"text": "thanks"}}
    trial = saying(Change("event", values={"when": {"changed": "a.txt"}, "changes": [create]}))
    with inside(trial) as world:
        (root / "a.txt").read_text()
        trial.asked("", [])
        assert not (root / "reply.txt").exists()
        (root / "a.txt").write_text("by the agent")
        trial.asked("", [])
        assert (root / "reply.txt").read_text() == "thanks"
    assert ((root / "a.txt").read_text(), world.conflicts) == ("by the agent", ())
    assert not (root / "reply.txt").exists()


def test_an_event_does_not_write_over_what_the_agent_wrote(root: Path, inside: Any) -> None:
    values = {"text": "late", "was": digest(b"alpha\n")}
    write = {"what": "write", "path": "a.txt", "values": values}
    trial = saying(Change("event", values={"when": {"step": 1}, "changes": [write]}))
    with inside(trial):
        (root / "a.txt").write_text("by the agent")
        trial.asked("", [])
        trial.asked("", [])
    assert told(trial) == (False, "a.txt is no longer what it was: somebody changed it")
    assert (root / "a.txt").read_text() == "by the agent"


def test_a_world_without_a_root_has_a_clock_and_events_alone() -> None:
    trial = using(Says((Change("clock", values={"seconds": 5}),), "c"), Says((WRITE,), "w"))
    with trial, disturbed_world(clock=lambda: 0.0) as world:
        assert (world.clock.time(), world.files, world.root) == (5.0, (), None)
        with pytest.raises(PerturbationError):
            world.read("a.txt")
    assert [receipt.delivered for receipt in receipts(trial)] == [True, False]


# ------------------------------------------------------------------ odd files


def test_files_that_are_none_are_left_alone(root: Path, inside: Any) -> None:
    os.mkfifo(root / "pipe")
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(root / "socket"))
    for name in ("pipe", "socket"):
        trial = saying(Change("write", name, {"text": "x"}))
        with inside(trial) as world:
            assert "pipe" not in world.files
        assert not told(trial)[0]
    server.close()


def test_a_deep_tree_is_listed_without_end_of_the_stack(tmp_path: Path) -> None:
    folder = tmp_path / "deep"
    here = folder
    for _ in range(400):
        here = here / "d"
    here.mkdir(parents=True)
    (here / "f").write_text("x")
    assert Confined(folder).files() == ["/".join(["d"] * 400 + ["f"])]


def test_a_file_that_is_too_large_to_be_kept_is_left_alone(
    root: Path, inside: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sealegs.perturbation.worlds.disturbing._LARGEST", 6)
    with inside(saying(WRITE)) as world:
        assert world.files == ["a.txt", "b.txt"]


def test_reading_a_world_leaves_no_trace(root: Path) -> None:
    os.utime(root / "a.txt", ns=(10**18, 2 * 10**18))
    before = (root / "a.txt").stat().st_atime_ns
    Confined(root).read("a.txt")
    assert (root / "a.txt").stat().st_atime_ns == before or not confining._NO_TRACE
