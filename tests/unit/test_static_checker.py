"""The worker process behind StaticChecker: files, crashes, deadlines, cancelling, ending."""

from __future__ import annotations

import asyncio
import os
import sys
import textwrap
import threading
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio

from counterpoint.static.checker import StaticChecker
from counterpoint.text import Document, NoFiles

FAULTY = Document.of("shop.py", "import yaml\nDATA = yaml.load(open('x'))\n", "python")
CALLER = Document.of("a.py", "from b import save\n\nasync def f():\n    save()\n", "python")
CALLEE = Document.of("b.py", "async def save(): ...\n", "python")


class Held:
    """A `Files` of a few documents that notes who asked for what."""

    def __init__(self, *documents: Document) -> None:
        self.documents = {document.path: document for document in documents}
        self.asked: list[tuple[str, int]] = []

    def read(self, path: str) -> Document | None:
        self.asked.append((path, threading.get_ident()))
        return self.documents.get(path)

    def paths(self) -> Sequence[str]:
        return tuple(self.documents)


@pytest_asyncio.fixture
async def checker() -> AsyncIterator[StaticChecker]:
    made = StaticChecker()
    yield made
    await made.close()
    assert made.pid is None


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def gone(pid: int) -> bool:
    for _ in range(200):
        if not alive(pid):
            return True
        await asyncio.sleep(0.05)
    return False


@pytest.mark.asyncio
async def test_findings_come_back_whole_from_a_process_of_its_own(checker: StaticChecker) -> None:
    assert checker.pid is None, "nothing is started before it is needed"
    result = await checker.check([FAULTY], NoFiles())
    (finding,) = result.findings
    assert (finding.rule, finding.path, finding.start.line, finding.start.column) == (
        "py-unsafe-yaml", "shop.py", 1, 7,
    )  # fmt: skip
    assert finding.fix is not None
    (edit,) = finding.fix.edits
    assert edit.old == "DATA = yaml.load(open('x'))" and edit.new == "DATA = yaml.safe_load(open('x'))"
    assert (result.skipped, result.errors) == ((), ())
    assert checker.pid not in (None, os.getpid())


@pytest.mark.asyncio
async def test_one_worker_serves_many_documents_and_calls(checker: StaticChecker) -> None:
    first = await checker.check([FAULTY], NoFiles())
    pid = checker.pid
    results = await asyncio.gather(*(checker.check([FAULTY, FAULTY], NoFiles()) for _ in range(5)))
    assert checker.pid == pid
    assert all(result.findings == first.findings * 2 for result in results)


@pytest.mark.asyncio
async def test_imported_files_are_read_through_files_and_off_the_loop(checker: StaticChecker) -> None:
    files = Held(CALLEE)
    (finding,) = (await checker.check([CALLER], files)).findings
    assert finding.rule == "py-missing-await"
    assert [(item.path, item.line, item.quote) for item in finding.evidence] == [
        ("b.py", 1, "async def save(): ...")
    ]
    assert files.asked and all(thread != threading.get_ident() for _, thread in files.asked)
    unsaved = Held(Document.of("b.py", "def save(): ...\n", "python"))
    assert (await checker.check([CALLER], unsaved)).findings == ()


@pytest.mark.asyncio
async def test_disabled_rules_are_not_tried(checker: StaticChecker) -> None:
    assert (await checker.check([FAULTY], NoFiles(), disabled=["py-unsafe-yaml"])).findings == ()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (Document.of("a.txt", "x", "plaintext"), "no static rules for its language"),
        (Document.of("a.py", "x = 1\n" * 200_000, "python"), "larger than 1,000,000 characters"),
        (Document.of("a.py", "x = '\ud800'\n", "python"), "not valid Unicode"),
    ],
)
async def test_what_cannot_be_checked_is_skipped_with_a_reason(
    checker: StaticChecker, document: Document, reason: str
) -> None:
    result = await checker.check([document, FAULTY], NoFiles())
    assert result.skipped == ((document.path, reason),)
    assert len(result.findings) == 1


@pytest.mark.asyncio
async def test_an_imported_file_that_cannot_be_sent_counts_as_absent(checker: StaticChecker) -> None:
    broken = Held(Document.of("b.py", "async def save(): '\ud800'\n", "python"))
    result = await checker.check([CALLER, FAULTY], broken)
    assert [finding.rule for finding in result.findings] == ["py-unsafe-yaml"]


@pytest.mark.asyncio
async def test_a_killed_worker_is_started_anew(checker: StaticChecker) -> None:
    await checker.check([FAULTY], NoFiles())
    pid = checker.pid
    assert pid is not None
    os.kill(pid, 9)
    assert await gone(pid) or checker.pid == pid
    results = [await checker.check([FAULTY], NoFiles()) for _ in range(2)]
    assert len(results[-1].findings) == 1
    assert checker.pid not in (None, pid)


def stub(tmp_path: Path, body: str) -> StaticChecker:
    """A checker whose worker misbehaves on documents called bad.py and finds nothing in others."""
    script = tmp_path / "worker.py"
    text = f"""
        import json, sys, time
        sys.stdin.readline()
        print(json.dumps({{"errors": []}}), flush=True)
        for line in sys.stdin:
            message = json.loads(line)
            if message["document"]["path"] == "bad.py":
                {body}
            print(json.dumps({{"id": message["id"], "findings": [], "evidence": []}}), flush=True)
    """
    script.write_text(textwrap.dedent(text))
    return StaticChecker(command=(sys.executable, str(script)))


BAD = Document.of("bad.py", "", "python")
CRASH = "the static checker crashed on it"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("sys.exit(3)", CRASH),
        ("print('no json', flush=True)", CRASH),
        ("time.sleep(60)", "not finished within 2 s"),
        ("print(json.dumps({'id': message['id'], 'error': 'KeyError'}), flush=True); continue",
         "a static rule failed on it (KeyError)"),
    ],
)  # fmt: skip
async def test_a_bad_document_costs_only_itself(tmp_path: Path, body: str, reason: str) -> None:
    checker = stub(tmp_path, body)
    try:
        before = await checker.check([FAULTY], NoFiles())
        pid = checker.pid
        deadline = 2.0 if "not finished" in reason else 30.0
        result = await checker.check([FAULTY, BAD, FAULTY], NoFiles(), deadline=deadline)
        assert before.skipped == () and result.skipped == (("bad.py", reason),)
        restarted = "static rule" not in reason
        assert pid is not None and (checker.pid != pid) == restarted
        assert not restarted or not alive(pid)
    finally:
        await checker.close()


@pytest.mark.asyncio
async def test_a_missing_program_is_a_clear_error() -> None:
    checker = StaticChecker(command=("/nonexistent/python",))
    result = await checker.check([FAULTY], NoFiles())
    assert result.skipped == (("shop.py", "the static checker could not be started"),)


class Starting:
    """A worker that says its first word once it may, and the clock of the event loop, put forward at will."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, *, starting: float) -> None:
        self.begun, self.may = folder / "begun", folder / "may"
        script = folder / "starting.py"
        text = f"""
            import json, pathlib, sys, time
            with open({str(self.begun)!r}, "a") as file:
                file.write("begun ")
            while not pathlib.Path({str(self.may)!r}).exists():
                time.sleep(0.01)
            sys.stdin.readline()
            print(json.dumps({{"errors": ["Late."]}}), flush=True)
            for line in sys.stdin:
                answer = {{"id": json.loads(line)["id"], "findings": [], "evidence": []}}
                print(json.dumps(answer), flush=True)
        """
        script.write_text(textwrap.dedent(text))
        self.checker = StaticChecker(command=(sys.executable, str(script)), starting=starting)
        loop = asyncio.get_running_loop()
        self.ahead, time_of = 0.0, loop.time
        monkeypatch.setattr(loop, "time", lambda: time_of() + self.ahead)

    async def pass_by(self, seconds: float) -> None:
        """Once the worker has begun, so many seconds are over."""
        async with asyncio.timeout(60):
            while self.checker.pid is None or not self.begun.exists():
                await asyncio.sleep(0.01)
        self.ahead += seconds
        await asyncio.sleep(0.01)


@pytest.mark.asyncio
async def test_the_time_for_a_document_runs_from_the_worker_s_first_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Starting(tmp_path, monkeypatch, starting=10_000.0)
    try:
        running = asyncio.create_task(held.checker.check([FAULTY], NoFiles(), deadline=60.0))
        await held.pass_by(1_000.0)
        assert not running.done(), "only the start has taken long"
        held.may.touch()
        result = await running
        assert (result.skipped, result.errors) == ((), ("Late.",))
    finally:
        await held.checker.close()


@pytest.mark.asyncio
async def test_a_worker_that_never_comes_up_is_waited_for_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Starting(tmp_path, monkeypatch, starting=500.0)
    running = asyncio.create_task(held.checker.check([FAULTY, BAD], NoFiles(), deadline=10_000.0))
    await held.pass_by(1_000.0)
    reason = "the static checker did not start within 500 s"
    assert (await running).skipped == (("shop.py", reason), ("bad.py", reason))
    assert held.checker.pid is None and held.begun.read_text() == "begun "
    held.may.touch()
    assert (await held.checker.check([FAULTY], NoFiles())).skipped == (), "it is tried again"
    await held.checker.close()


@pytest.mark.asyncio
async def test_cancelled_while_it_starts_the_worker_is_used_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Starting(tmp_path, monkeypatch, starting=10_000.0)
    running = asyncio.create_task(held.checker.check([FAULTY], NoFiles()))
    await held.pass_by(0.0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    held.may.touch()
    result = await held.checker.check([FAULTY], NoFiles(), deadline=60.0)
    assert (result.skipped, result.errors) == ((), ("Late.",))
    assert held.begun.read_text() == "begun "
    await held.checker.close()


@pytest.mark.asyncio
@pytest.mark.parametrize("word", ["", "no json", "{}", "[]"])
async def test_a_worker_whose_first_word_is_none_of_ours_was_not_started(word: str) -> None:
    checker = StaticChecker(command=(sys.executable, "-c", f"print({word!r})"))
    result = await checker.check([FAULTY], NoFiles())
    assert result.skipped == (("shop.py", "the static checker could not be started"),)
    await checker.close()


class Slow(Held):
    """Holds the read of an imported file until it is let go."""

    def __init__(self, *documents: Document) -> None:
        super().__init__(*documents)
        self.reading = threading.Event()
        self.go = threading.Event()

    def read(self, path: str) -> Document | None:
        self.reading.set()
        self.go.wait(30)
        return super().read(path)


@pytest.mark.asyncio
async def test_cancelling_amid_a_read_leaves_the_worker_usable(checker: StaticChecker) -> None:
    await checker.check([FAULTY], NoFiles())
    pid, files = checker.pid, Slow(CALLEE)
    running = asyncio.create_task(checker.check([CALLER], files))
    assert await asyncio.to_thread(files.reading.wait, 30)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    files.go.set()
    async with asyncio.timeout(30):
        result = await checker.check([FAULTY, CALLER], Held(CALLEE))
    assert [finding.rule for finding in result.findings] == ["py-unsafe-yaml", "py-missing-await"]
    assert checker.pid == pid


@pytest.mark.asyncio
async def test_cancelling_at_any_moment_mixes_up_no_answers(checker: StaticChecker) -> None:
    await checker.check([FAULTY], NoFiles())
    for pause in range(12):
        task = asyncio.create_task(checker.check([CALLER], Held(CALLEE)))
        await asyncio.sleep(pause / 2000)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        (finding,) = (await checker.check([FAULTY], NoFiles())).findings
        assert finding.path == "shop.py"


@pytest.mark.alone
@pytest.mark.asyncio
async def test_the_loop_is_free_while_a_big_file_is_checked(checker: StaticChecker) -> None:
    await checker.check([FAULTY], NoFiles())
    body = "def f{0}(x):\n    y = [g(x) for g in x]\n    return y, {{'a': x.b(1)}}\n"
    big = Document.of("big.py", "".join(body.format(number) for number in range(4000)), "python")
    task = asyncio.create_task(checker.check([big], NoFiles()))
    longest, began = 0.0, time.perf_counter()
    while not task.done():
        before = time.perf_counter()
        await asyncio.sleep(0.001)
        longest = max(longest, time.perf_counter() - before)
    assert (await task).skipped == ()
    assert longest < 0.5 * (time.perf_counter() - began)


@pytest.mark.asyncio
async def test_own_rules_are_used_and_bad_ones_named() -> None:
    good = """
id: no-print
language: Python
severity: warning
message: "`$X` is printed"
rule: {pattern: print($X)}
fix: log($X)
"""
    bad = [
        "id: bad-kind\nlanguage: Python\nrule: {kind: nosuch}\n",
        "id: bad-field\nlanguage: Python\nrule: {nosuch: x}\n",
        "id: py-unsafe-yaml\nlanguage: Python\nrule: {kind: call}\n",
        "id: bad-language\nlanguage: Klingon\nrule: {kind: call}\n",
    ]
    checker = StaticChecker([good, *bad])
    try:
        result = await checker.check([Document.of("a.py", "print(f(1))\n", "python")], NoFiles())
        (finding,) = result.findings
        assert (finding.rule, finding.severity, finding.category) == ("no-print", "P2", "other")
        assert finding.title == "`f(1)` is printed"
        assert finding.fix is not None and finding.fix.edits[0].new == "log(f(1))"
        assert len(result.errors) == 4
        names = ["bad-kind", "bad-field", "py-unsafe-yaml", "bad-language"]
        for name, error in zip(names, result.errors, strict=True):
            assert name in error and "\n" not in error
    finally:
        await checker.close()


@pytest.mark.asyncio
async def test_keys_are_not_handed_to_the_worker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    seen = tmp_path / "seen"
    checker = stub(tmp_path, f"import os; open({str(seen)!r}, 'w').write(' '.join(os.environ))")
    try:
        await checker.check([BAD], NoFiles())
        assert "OPENAI_API_KEY" not in seen.read_text().split()
    finally:
        await checker.close()
