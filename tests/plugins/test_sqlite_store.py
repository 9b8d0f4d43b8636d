from __future__ import annotations

import errno
import itertools
import multiprocessing
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import settings

from sealegs.errors import SettingsError, StoreError
from sealegs.records import Found
from sealegs.stores import MemoryStore
from sealegs_plugins.stores import SQLiteStore, open_store
from sealegs_plugins.stores.schema import VERSION
from store_facts import A, B, C, Make, StoreFacts, StoreModel, ids, key, record, save_many

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sealegs.records import Store

MIB = 1024 * 1024


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "records.db"


class TestSQLiteStore(StoreFacts):
    @pytest.fixture
    def make(self, path: Path) -> Iterator[Make]:
        stores: list[Store] = []

        def made(**limits: object) -> Store:
            stores.append(SQLiteStore(path, **limits))  # type: ignore[arg-type]
            return stores[-1]

        yield made
        for store in stores:
            store.close()


class SQLiteModel(StoreModel):
    def __init__(self) -> None:
        self.directory = tempfile.TemporaryDirectory()
        self.make = partial(SQLiteStore, Path(self.directory.name) / "records.db")
        super().__init__()

    def teardown(self) -> None:
        super().teardown()
        self.directory.cleanup()


TestSQLiteModel = SQLiteModel.TestCase
TestSQLiteModel.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)


def sql(path: Path, statement: str, *parameters: object) -> list[tuple[object, ...]]:
    """Look at, or change, a store's file from outside."""
    with closing(sqlite3.connect(path)) as db, db:
        return db.execute(statement, parameters).fetchall()


def texts(found: Found) -> set[str]:
    return {one.payloads["reasoning_content"].decode() for one in found.records}


def test_a_file_blocks(path: Path) -> None:
    with closing(SQLiteStore(path)) as store:
        assert store.blocks is True


def test_records_and_taints_outlive_the_store(path: Path) -> None:
    kept = record("kept")
    with closing(SQLiteStore(path, max_per_key=1)) as store:
        store.save(record("gone"), [A])
        store.save(kept, [A, B])
    with closing(SQLiteStore(path)) as store:
        assert store.load([A, B]) == {A: Found((kept,), tainted=True), B: Found((kept,))}


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777 & ~0o700])
def test_file_log_and_index_are_for_the_owner_alone(tmp_path: Path, umask: int) -> None:
    path = tmp_path / "new" / "deeper" / "records.db"
    before = os.umask(umask)
    try:
        with closing(SQLiteStore(path)) as store:
            store.save(record(), [A])
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
            directories = [stat.S_IMODE(place.stat().st_mode) for place in path.parents[:2]]
    finally:
        os.umask(before)
    names = ["records.db", "records.db-wal", "records.db-shm"]
    assert modes == dict.fromkeys(names, 0o600)
    assert directories == [0o700, 0o700]


def test_a_file_that_others_could_read_is_closed_to_them(path: Path) -> None:
    SQLiteStore(path).close()
    path.chmod(0o644)
    SQLiteStore(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


V1 = """
    CREATE TABLE record (seq INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, session TEXT NOT NULL,
        content BLOB NOT NULL UNIQUE, saved REAL NOT NULL, data BLOB NOT NULL);
    CREATE INDEX record_of_session ON record (session);
    CREATE TABLE entry (key BLOB NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (key, seq))
        WITHOUT ROWID;
    CREATE INDEX entry_of_record ON entry (seq);
    PRAGMA user_version = 1;
"""


def version_1(path: Path, seqs: list[int]) -> dict[bytes, Found]:
    """Write a file as version 1 wrote it, and give what it holds."""
    expected: dict[bytes, Found] = {}
    with closing(sqlite3.connect(path)) as db, db:
        db.executescript(V1)
        for seq in seqs:
            one = record(f"of version 1: {seq}")
            row = (seq, one.id, "", one.id, 4e9, msgspec.msgpack.encode(one))
            db.execute("INSERT INTO record VALUES (?, ?, ?, ?, ?, ?)", row)
            db.execute("INSERT INTO entry VALUES (?, ?)", (key(str(seq)), seq))
            expected[key(str(seq))] = Found((one,))
    return expected


def test_a_file_of_version_1_is_brought_to_the_current_one(path: Path) -> None:
    expected = version_1(path, [1, 2, 3])
    with closing(SQLiteStore(path, max_per_key=1)) as store:
        assert store.load(list(expected)) == expected
        store.save(record("new"), [key("1")])
        assert store.load([key("1")])[key("1")].tainted
    assert sql(path, "PRAGMA user_version") == [(VERSION,)]


def test_keys_of_version_1_are_tainted_where_it_had_dropped_records(path: Path) -> None:
    expected = version_1(path, [2, 3])
    with closing(SQLiteStore(path)) as store:
        assert store.load(list(expected)) == {
            one: msgspec.structs.replace(found, tainted=True) for one, found in expected.items()
        }


def test_a_migration_that_fails_leaves_the_file_as_it_was(path: Path) -> None:
    version_1(path, [1])
    sql(path, "CREATE TABLE taint (something_else)")
    with pytest.raises(OSError, match="taint") as caught:
        SQLiteStore(path)
    assert caught.value.filename == str(path)
    assert sql(path, "PRAGMA user_version") == [(1,)]
    assert sql(path, "SELECT count(*) FROM record") == [(1,)]


def test_an_empty_file_becomes_a_store(path: Path) -> None:
    path.touch()
    kept = record()
    with closing(SQLiteStore(path)) as store:
        store.save(kept, [A])
        assert store.load([A]) == {A: Found((kept,))}


def test_a_migrated_file_has_the_schema_of_a_new_one(path: Path, tmp_path: Path) -> None:
    version_1(path, [1])
    new = tmp_path / "new.db"
    SQLiteStore(path).close()
    SQLiteStore(new).close()
    schema = "SELECT type, name, tbl_name FROM sqlite_master ORDER BY name"
    assert sql(path, schema) == sql(new, schema)


def test_a_file_from_a_newer_release_is_refused_with_the_way_out(path: Path) -> None:
    SQLiteStore(path).close()
    sql(path, f"PRAGMA user_version = {VERSION + 5}")
    before = path.read_bytes()
    with pytest.raises(StoreError) as caught:
        SQLiteStore(path)
    assert str(caught.value) == (
        f"{path}: its schema is version {VERSION + 5}, and this release of sealegs knows versions "
        f"up to {VERSION}. Upgrade sealegs, or name another file for this release"
    )
    assert path.read_bytes() == before


def test_a_file_of_something_else_is_refused_untouched(path: Path) -> None:
    sql(path, "CREATE TABLE theirs (x)")
    with pytest.raises(StoreError, match="no sealegs store"):
        SQLiteStore(path)
    assert sql(path, "SELECT name FROM sqlite_master") == [("theirs",)]
    path.write_bytes(b"a letter to a friend " * 100)
    with pytest.raises(StoreError, match="not a SQLite database"):
        SQLiteStore(path)
    assert path.read_bytes() == b"a letter to a friend " * 100


def test_a_record_that_cannot_be_read_is_skipped_counted_and_taints(path: Path) -> None:
    with closing(SQLiteStore(path)) as store:
        saved = [record(str(number)) for number in range(4)]
        for one in saved:
            store.save(one, [A])
        store.save(saved[3], [B])
        for one, data in zip(saved[:3], [b"\xff\xff", b"", b"\x80"], strict=True):
            sql(path, "UPDATE record SET data = ? WHERE id = ?", data, one.id)
        assert store.load([A, B]) == {A: Found(tainted=True), B: Found((saved[3],))}
        assert store.unreadable == 3


def test_a_record_of_a_later_release_with_more_fields_is_read(path: Path) -> None:
    kept = record()
    more = {**msgspec.to_builtins(kept, builtin_types=(bytes,)), "colour": "blue"}
    with closing(SQLiteStore(path)) as store:
        store.save(kept, [A])
        sql(path, "UPDATE record SET data = ?", msgspec.msgpack.encode(more))
        assert store.load([A]) == {A: Found((kept,))}


def test_forgotten_text_is_in_no_file(path: Path) -> None:
    with closing(SQLiteStore(path)) as store:
        for number in range(20):
            store.save(record(f"SECRET {number} " * 900, session="s"), [key(str(number))])
        other = record("PUBLIC", session="t")
        store.save(other, [A])
        files = [path, path.with_name(path.name + "-wal")]
        assert any(b"SECRET" in file.read_bytes() for file in files)
        assert store.forget("s") == 20
        assert [b"SECRET" in file.read_bytes() for file in files] == [False, False]
        assert store.load([A]) == {A: Found((other,))}


def test_the_cap_holds_on_disk(path: Path) -> None:
    cap = MIB
    with closing(SQLiteStore(path, max_bytes=cap)) as store:
        largest = 0
        for number in range(600):
            keys = [key(f"{number} {one}") for one in range(8)]
            store.save(record(f"{number} " * 1000, session="s"), keys)
            pages = sql(path, "PRAGMA page_count")[0][0]
            assert isinstance(pages, int)
            largest = max(largest, pages * 4096)
        assert sql(path, "PRAGMA page_size") == [(4096,)]
        # the slack: the record that is written before the oldest goes, and the pages it splits
        assert cap / 2 < largest <= cap + 64 * 1024
        assert path.with_name(path.name + "-wal").stat().st_size <= 8 * MIB
        newest = store.load([key("599 0")])[key("599 0")]
        assert texts(newest) == {"599 " * 1000}
        assert store.load([key("0 0")]) in ({}, {key("0 0"): Found(tainted=True)})
    assert sql(path, "PRAGMA integrity_check") == [("ok",)]


def test_a_file_far_above_its_cap_comes_down_save_by_save(path: Path) -> None:
    with closing(SQLiteStore(path)) as store:
        for number in range(300):
            store.save(record(f"{number} " * 1500), [key(str(number))])
    with closing(SQLiteStore(path, max_bytes=256 * 1024)) as store:
        counts = []
        for number in range(8):
            store.save(record(f"new {number}"), [A])
            counts.append(sql(path, "SELECT count(*) FROM record")[0][0])
        assert counts[:3] == [301 - 64, 302 - 128, 303 - 192]
        assert texts(store.load([A])[A]) == {f"new {number}" for number in range(8)}


def test_marks_are_bounded_and_those_of_keys_in_use_stay(path: Path) -> None:
    cap = 256 * 1024  # room for 655 marks
    with closing(SQLiteStore(path, max_bytes=cap, max_per_key=1)) as store:
        store.save(record("gone"), [A])
        kept = record("kept")
        for number in range(300):
            store.save(kept, [A])
            keys = [key(f"{number} {one}") for one in range(10)]
            store.save(record(f"{number} " * 5000), keys)
        marks = sql(path, "SELECT count(*) FROM taint")[0][0]
        assert isinstance(marks, int)
        assert 300 < marks <= cap // 400
        assert store.load([A]) == {A: Found((kept,), tainted=True)}


def test_several_processes_at_once_lose_nothing(path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    names = ["north", "south", "east"]
    workers = [spawn.Process(target=save_many, args=(path, name, 60)) for name in names]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    with closing(SQLiteStore(path, max_per_key=10_000)) as store:
        found = store.load([A, *map(key, names)])
    expected = {name: [f"{name} {n}".encode() for n in range(60)] for name in names}
    assert {name: ids(found[key(name)]) for name in names} == expected
    assert sorted(ids(found[A])) == sorted(itertools.chain(*expected.values()))


WRITER = """
import sys
from store_facts import A, key, record
from sealegs_plugins.stores import SQLiteStore
store = SQLiteStore(sys.argv[1], max_per_key=1000)
for number in range(100_000):
    name = f"{sys.argv[2]} {number}"
    store.save(record(name + "x" * 50_000, id=name.encode()), [key(name), A])
    print(name, flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no kill -9 here")
def test_what_was_acknowledged_is_there_after_kill_9_in_mid_write(path: Path) -> None:
    acknowledged: list[str] = []
    for turn in range(6):
        command = [sys.executable, "-c", WRITER, str(path), str(turn)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, env=environment, text=True
        ) as writer:
            assert writer.stdout is not None
            acknowledged += [writer.stdout.readline().strip() for _ in range(5 + 7 * turn)]
            writer.kill()
            acknowledged += [line.strip() for line in writer.stdout if line.endswith("\n")]
        assert writer.returncode == -signal.SIGKILL
    assert len(acknowledged) >= 135
    with closing(SQLiteStore(path, max_per_key=1000)) as store:
        found = store.load([key(name) for name in acknowledged])
        assert {name: ids(found[key(name)]) for name in acknowledged} == {
            name: [name.encode()] for name in acknowledged
        }
        assert {name.encode() for name in acknowledged} <= set(ids(store.load([A])[A]))
    assert sql(path, "PRAGMA integrity_check") == [("ok",)]


FORKER = """
import os, sys, threading
from store_facts import A, B, C, key, record
from sealegs_plugins.stores import SQLiteStore
store = SQLiteStore(sys.argv[1], max_per_key=1000)
stop = threading.Event()
def busy():
    while not stop.is_set():
        store.save(record("busy"), [B])
worker = threading.Thread(target=busy)
worker.start()
children = []
for number in range(10):
    store.save(record(f"parent {number}"), [A])
    child = os.fork()
    if not child:
        for turn in range(5):
            store.save(record(f"child {number} {turn}", id=f"{number} {turn}".encode()), [C])
        store.close()
        os._exit(0)
    children.append(child)
    store.save(record(f"parent again {number}"), [A])
codes = [os.waitpid(child, 0)[1] for child in children]
stop.set()
worker.join()
print(codes, len(store.load([A])[A].records), len(store.load([C])[C].records))
"""


SURVIVOR = """
import os, signal, sys
from store_facts import A, B, record
from sealegs_plugins.stores import SQLiteStore
store = SQLiteStore(sys.argv[1])
store.save(record("of the parent"), [A])
(opened, say_opened), (closed, say_closed) = os.pipe(), os.pipe()
child = os.fork()
if not child:
    store.load([A])
    os.write(say_opened, b"x")
    os.read(closed, 1)
    store.save(record("of the child"), [B])
    os.kill(os.getpid(), signal.SIGKILL)
os.read(opened, 1)
store.close()
os.write(say_closed, b"x")
os.waitpid(child, 0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_child_loses_nothing_when_its_parent_closes_the_store(path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", SURVIVOR, str(path)]
    subprocess.run(command, env=environment, timeout=120, check=True)
    with closing(SQLiteStore(path)) as store:
        found = store.load([A, B])
    assert (texts(found[A]), texts(found[B])) == ({"of the parent"}, {"of the child"})


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_parent_and_children_write_on_after_a_fork(path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORKER, str(path)]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.stdout.strip(), done.stderr) == (f"{[0] * 10} 20 50", "")
    assert sql(path, "PRAGMA integrity_check") == [("ok",)]


def test_a_connection_carried_over_by_a_fork_is_neither_used_nor_closed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = record()
    with closing(SQLiteStore(path)) as store:
        store.save(kept, [A])
        with store._connections.use() as carried:
            pass
        with monkeypatch.context() as elsewhere:
            elsewhere.setattr(os, "getpid", lambda: -1)
            with store._connections.use() as own:
                assert own is not carried
            assert store.load([A]) == {A: Found((kept,))}
            store.close()
            assert carried.execute("SELECT count(*) FROM record").fetchone() == (1,)
        carried.close()


def test_a_thread_that_ends_gives_its_connection_back(path: Path) -> None:
    with closing(SQLiteStore(path)) as store:
        thread = threading.Thread(target=store.save, args=(record(), [A]))
        thread.start()
        thread.join()
        assert len(list(store._connections._slots)) == 1


def test_close_closes_the_connections_of_other_threads(path: Path) -> None:
    store, ready, go = SQLiteStore(path), threading.Event(), threading.Event()

    def work() -> None:
        store.save(record(), [A])
        ready.set()
        go.wait()

    thread = threading.Thread(target=work)
    thread.start()
    ready.wait()
    store.close()
    # the last connection that closes takes the log away
    assert sorted(file.name for file in path.parent.iterdir()) == ["records.db"]
    go.set()
    thread.join()


def test_a_closed_store_raises_an_os_error(path: Path) -> None:
    store = SQLiteStore(path)
    store.close()
    for use in (lambda: store.load([A]), lambda: store.save(record(), [A])):
        with pytest.raises(OSError, match="closed") as caught:
            use()
        assert caught.value.filename == str(path)


def test_waiting_too_long_for_another_write_is_a_timeout_that_names_the_file(path: Path) -> None:
    with (
        closing(SQLiteStore(path, timeout_seconds=0.05)) as store,
        closing(sqlite3.connect(path)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(TimeoutError) as caught:
            store.save(record(), [A])
        assert (caught.value.errno, caught.value.filename) == (errno.ETIMEDOUT, str(path))
        assert store.load([A]) == {}
        other.rollback()
        kept = record()
        store.save(kept, [A])
        assert store.load([A]) == {A: Found((kept,))}


def test_a_failed_save_keeps_nothing_of_the_record(path: Path) -> None:
    with closing(SQLiteStore(path)) as store:
        sql(
            path,
            "CREATE TRIGGER no BEFORE INSERT ON entry WHEN NEW.key = x'"
            + B.hex()
            + "' BEGIN SELECT RAISE(ABORT, 'no room'); END",
        )
        with pytest.raises(OSError, match="no room") as caught:
            store.save(record(), [A, B])
        assert caught.value.filename == str(path)
        assert store.load([A, B]) == {}
        kept = record()
        store.save(kept, [C])
        assert store.load([C]) == {C: Found((kept,))}


def test_a_damaged_file_raises_an_os_error_not_sqlites(path: Path) -> None:
    with closing(SQLiteStore(path)) as store:
        for number in range(50):
            store.save(record("x" * 5000), [key(str(number))])
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))
    with pytest.raises(OSError, match="SQLite") as caught:
        SQLiteStore(path).load([key("1")])
    assert caught.value.filename == str(path)


def test_a_directory_in_place_of_the_file_is_an_os_error(path: Path) -> None:
    path.mkdir()
    with pytest.raises(OSError, match=r"records\.db"):
        SQLiteStore(path)


def test_two_stores_on_one_file_in_one_process_see_the_same(path: Path) -> None:
    kept = record()
    with closing(SQLiteStore(path)) as one:
        with closing(SQLiteStore(path)) as two:
            two.save(kept, [A])
            assert one.load([A]) == {A: Found((kept,))}
        one.save(record(), [B])
        assert sql(path, "SELECT count(*) FROM record") == [(2,)]


@pytest.mark.parametrize("url", ["memory", "memory:", "memory://"])
def test_a_url_names_the_memory_store(url: str) -> None:
    assert isinstance(open_store(url), MemoryStore)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite://{tmp}/a/x.db", "{tmp}/a/x.db"),
        ("sqlite:{tmp}/x.db", "{tmp}/x.db"),
        ("sqlite:sub/x.db", "{tmp}/sub/x.db"),
        ("sqlite:~/x.db", "{tmp}/x.db"),
        ("sqlite:///~/x.db", "{tmp}/x.db"),
        ("SQLite:x.db", "{tmp}/x.db"),
    ],
)
def test_a_url_names_a_file(
    url: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    store = open_store(url.format(tmp=tmp_path))
    assert isinstance(store, SQLiteStore)
    store.close()
    assert str(store.path) == expected.format(tmp=tmp_path)
    assert store.path.is_file()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("sqllite:x.db", "did you mean 'sqlite'?"),
        ("postgres://me:hunter2@host/db", "there are memory and sqlite"),
        ("redis://:hunter2@localhost:6379/0", "a redis store is not shipped yet"),
        ("rediss://:hunter2@host", "a redis store is not shipped yet"),
        ("memroy", "did you mean 'memory'?"),
        ("records.db", "for a file, write sqlite:records.db"),
        ("sqlite:", "needs a file"),
        ("sqlite:///", "needs a file"),
        ("sqlite://records.db", "write sqlite:///absolute"),
        ("sqlite:x.db?max_bytes=1", "no options"),
        ("memory:64MiB", "takes nothing"),
    ],
)
def test_a_url_that_names_no_store_is_refused_with_a_hint_and_no_password(
    url: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError) as caught:
        open_store(url)
    assert reason in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []
