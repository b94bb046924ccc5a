"""Worker processes of the index: what they answer, what they know, and how they end."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from counterpoint.index import worker
from counterpoint.index.reading import Entry
from counterpoint.index.workers import COMMAND, Done, Job, Pool, environment
from tests.unit.index_trees import built, dump, opened, plenty, python, write

CRASHES = """
import os, sys
from counterpoint.index import worker
real = worker.examine
def examine(root, path, *rest):
    if path.endswith("mod3.py"):
        {what}
    return real(root, path, *rest)
worker.examine = examine
worker.main()
"""


def jobs(root: Path, count: int) -> list[Job]:
    names = [f"pkg{at // 10}/mod{at}.py" for at in range(count)]
    return [Job(name, "python", (root / name).stat().st_size, b"") for name in names]


def collected(pool: Pool, seconds: float = 60.0) -> dict[str, Entry | str]:
    until = time.monotonic() + seconds
    found: list[Done] = []
    while pool.busy and not pool.hopeless:
        assert time.monotonic() < until
        found += pool.collect(0.2)
    assert len({done.job.path for done in found}) == len(found)
    return {done.job.path: done.found for done in found}


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] == "Z"


def test_workers_build_what_one_process_builds(tmp_path: Path) -> None:
    root = tmp_path / "work"
    plenty(root, 120)
    write(root, {"binary.py": b"\0", "web/a.ts": "export const a = 1"})
    alone, together = built(root, tmp_path / "one", jobs=1), built(root, tmp_path / "two", jobs=2)
    assert dump(together.symbols) == dump(alone.symbols)
    assert dict(together.left_out()) == dict(alone.left_out()) == {"binary": 1}
    assert together.worker_cpu_seconds > 0 == alone.worker_cpu_seconds
    alone.close()
    together.close()


def test_a_worker_gets_no_secret_and_ends_with_the_pool(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.setenv("GITHUB_TOKEN", "t")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    assert not {"OPENAI_API_KEY", "GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY"} & environment(os.environ).keys()
    assert environment({"PATH": "p", "LC_ALL": "C", "X": "1"}) == {"PATH": "p", "LC_ALL": "C"}
    plenty(tmp_path, 30)
    woken: list[int] = []
    pool = Pool(str(tmp_path), 10_000, 2, [], wake=lambda: woken.append(1))
    pool.give(jobs(tmp_path, 30))
    pids = pool.pids
    assert pids
    for pid in pids:
        environ = Path(f"/proc/{pid}/environ")
        if environ.exists():
            assert b"API_KEY" not in environ.read_bytes()
    assert all(isinstance(found, Entry) for found in collected(pool).values())
    assert woken
    pool.close()
    assert all(gone(pid) for pid in pids)


def test_content_that_is_known_comes_back_without_facts(tmp_path: Path) -> None:
    plenty(tmp_path, 2)
    first = Pool(str(tmp_path), 10_000, 1, [])
    first.give(jobs(tmp_path, 2))
    entries = collected(first)
    first.close()
    zero, one = entries["pkg0/mod0.py"], entries["pkg0/mod1.py"]
    assert isinstance(zero, Entry) and isinstance(one, Entry)
    again = Pool(str(tmp_path), 10_000, 1, [(zero.digest, "python")])
    again.give([jobs(tmp_path, 1)[0], jobs(tmp_path, 2)[1]._replace(digest=one.digest)])
    found = collected(again)
    again.close()
    assert [entry.packed for entry in found.values() if isinstance(entry, Entry)] == [None, None]


@pytest.mark.parametrize(
    "what", ["os._exit(3)", "os.kill(os.getpid(), 9)", "sys.stdout.close(); os.close(1); os._exit(0)"]
)
def test_a_file_that_crashes_a_worker_is_left_out_alone(tmp_path: Path, what: str) -> None:
    plenty(tmp_path, 12)
    pool = Pool(str(tmp_path), 10_000, 1, [], command=(sys.executable, "-c", CRASHES.format(what=what)))
    pool.give(jobs(tmp_path, 12))
    found = collected(pool)
    pool.close()
    assert len(found) == 12
    assert found.pop("pkg0/mod3.py") == "the parser crashed on it"
    assert all(isinstance(entry, Entry) for entry in found.values())


def test_a_worker_that_hangs_is_ended(tmp_path: Path) -> None:
    plenty(tmp_path, 5)
    command = (sys.executable, "-c", CRASHES.format(what="import time; time.sleep(600)"))
    pool = Pool(str(tmp_path), 10_000, 1, [], command=command, patience=3.0)
    pool.give(jobs(tmp_path, 5))
    found = collected(pool)
    pool.close()
    assert len(found) == 5
    assert found["pkg0/mod3.py"] == "the parser crashed on it"


@pytest.mark.parametrize("command", [("/nowhere/python",), (sys.executable, "-c", "raise SystemExit(1)")])
def test_where_no_worker_starts_the_files_are_read_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    root = tmp_path / "work"
    plenty(root, 60)
    monkeypatch.setattr("counterpoint.index.backlog.Pool", lambda *a, **k: Pool(*a, **k, command=command))
    index = built(root, tmp_path / "home", jobs=2)
    assert len(index.symbols.paths()) == 60
    index.close()


def test_workers_end_when_there_is_nothing_left_to_do(tmp_path: Path) -> None:
    root = tmp_path / "work"
    plenty(root, 60)
    index = opened(root, tmp_path / "home", jobs=2)
    index.sweep()
    pids: set[int] = set()
    until = time.monotonic() + 60
    while (index.step(wait=0.05) or index.due() is not None) and time.monotonic() < until:
        pids |= set(index.worker_pids)
    assert pids
    assert index.worker_pids == ()
    while not all(gone(pid) for pid in pids):
        assert time.monotonic() < until
        time.sleep(0.02)
    index.close()


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_worker_outlives_no_parent_and_no_interrupt(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": python(1)})
    process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None and process.stdout is not None
    worker.send(process.stdin, (str(tmp_path), 1_000, []))
    worker.send(process.stdin, [("a.py", "python", b"")])
    assert worker.receive(process.stdout)[1][0][0] == "a.py"
    process.send_signal(signal.SIGINT)
    worker.send(process.stdin, [("absent.py", "python", b"")])
    assert worker.receive(process.stdout)[1] == [("absent.py", "unreadable")]
    process.stdin.close()
    assert process.wait(10) == 0
    process.stdout.close()


def test_frames_end_with_the_stream() -> None:
    stream = io.BytesIO()
    worker.send(stream, ("a", b"b", None))
    whole = stream.getvalue()
    assert worker.receive(io.BytesIO(whole)) == ("a", b"b", None)
    assert worker.receive(io.BytesIO(whole[:-1])) is None
    assert worker.receive(io.BytesIO(b"\1")) is None


def test_serving_in_this_process(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": python(1), "big.py": "x = 1\n" * 500})
    source, sink = io.BytesIO(), io.BytesIO()
    worker.send(source, (str(tmp_path), 1_000, []))
    worker.send(source, [("a.py", "python", b""), ("big.py", "python", b"")])
    source.seek(0)
    worker.serve(source, sink)
    sink.seek(0)
    _, ((_, row), (_, why)) = worker.receive(sink)
    entry = worker.entry_of(row)
    assert isinstance(entry, Entry) and entry.packed is not None and entry.terms
    assert worker.plain(entry) == row
    assert worker.entry_of(why) == "oversized"
    worker.serve(io.BytesIO(), sink)
