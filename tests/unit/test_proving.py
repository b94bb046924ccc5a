"""Fixes that are proven before they are offered: what takes one away, and what a title may say."""

from __future__ import annotations

import asyncio
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from counterpoint.answers import Dropped, FileChange, Finding, Fix, QuoteEdit
from counterpoint.context.blocks import Outline, whole
from counterpoint.context.outlining import blocks, errors
from counterpoint.context.parsing import encoded, has_grammar, parse_until, with_line_feeds
from counterpoint.context.question import Question, Selection
from counterpoint.errors import UsageError
from counterpoint.flows.proof_command import ProofCommand
from counterpoint.flows.proving import Command, Proofs, proofs_over, prove
from counterpoint.reviewing.contracts import Broken
from counterpoint.reviewing.unit import Unit
from counterpoint.static.checker import NO_RULES, StaticResult
from counterpoint.text import Document, Position, Situation, Span, language_of

CODE = '''\
def total(orders):
    """All of it."""
    return sum(o.price for o in orders)


def report(orders):
    print(total(orders))
'''


class Held:
    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    def read(self, path: str) -> Document | None:
        text = self._texts.get(path)
        return None if text is None else Document.of(path, text, language_of(path))

    def paths(self) -> Sequence[str]:
        return tuple(self._texts)


async def outline(documents: Sequence[Document], seconds: float) -> tuple[Outline | None, ...]:
    return tuple(map(_taken_apart, documents))


def _taken_apart(document: Document) -> Outline | None:
    if not has_grammar(document.language):
        return whole(document.text)
    parsed = parse_until(document.language, with_line_feeds(encoded(document.text)), lambda at, error: False)
    assert parsed is not None
    return Outline(tuple(blocks(parsed)), "tree", errors(parsed))


async def late(documents: Sequence[Document], seconds: float) -> tuple[Outline | None, ...]:
    return (None,) * len(documents)


async def static(documents: Sequence[Document]) -> StaticResult:
    """One rule: `eval` is not called."""
    found = [
        replace(finding(), path=one.path, rule="no-eval", fix=None)
        for one in documents
        for _ in range(one.text.count("eval("))
    ]
    other = [(one.path, NO_RULES) for one in documents if one.language != "python"]
    return StaticResult(tuple(found), tuple(other))


def finding(*edits: QuoteEdit) -> Finding:
    fix = Fix("Correct it", edits) if edits else None
    place = Position(2, 4)
    return Finding(
        "f1", "a.py", place, place, "P1", 0.9, "logic", "correctness", "Wrong", "", "verified", fix=fix
    )


def edit(old: str, new: str, path: str = "a.py") -> QuoteEdit:
    return QuoteEdit(path, old, new)


async def proved(
    *edits: QuoteEdit, texts: Mapping[str, str] | None = None, **given: object
) -> tuple[Finding, list[Dropped]]:
    dropped: list[Dropped] = []
    tools = {"outline": outline, "static": static, "on_dropped": dropped.append, **given}
    found = await prove(finding(*edits), Held(texts or {"a.py": CODE}), **tools)  # type: ignore[arg-type]
    return found, dropped


async def lost(*edits: QuoteEdit, texts: Mapping[str, str] | None = None, **given: object) -> Dropped:
    found, dropped = await proved(*edits, texts=texts, **given)
    assert found == replace(finding(*edits), fix=None), "the finding stays, without its fix"
    assert len(dropped) == 1
    return dropped[0]


@pytest.mark.asyncio
async def test_a_fix_that_holds_says_what_proves_it() -> None:
    found, dropped = await proved(
        edit("return sum(o.price for o in orders)", "return sum(o.net for o in orders)")
    )
    assert found.fix is not None
    assert found.fix.proof == ("applies", "parses", "callers intact", "no new rule")
    assert found.fix.title == "Correct it"
    assert dropped == []


@pytest.mark.asyncio
async def test_a_finding_without_a_fix_is_as_it_was() -> None:
    found, dropped = await proved()
    assert (found, dropped) == (finding(), [])


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ([edit("return nothing like it", "x")], "absent"),
        ([edit("orders", "x")], "ambiguous"),
        ([edit("return sum(o.price for o in orders)", "return 1"), edit("absent", "x")], "absent"),
        ([edit("x", "y", "../b.py")], "outside"),
        ([edit("return sum(o.price for o in orders)", "return sum(o.price for o in orders)")], "no-change"),
    ],
)
@pytest.mark.asyncio
async def test_a_fix_of_which_any_part_does_not_apply_is_taken_away(
    edits: list[QuoteEdit], said: str
) -> None:
    why = await lost(*edits)
    assert why.reason == "fix-does-not-apply"
    assert said in why.detail


@pytest.mark.asyncio
async def test_a_fix_in_a_file_that_is_gone_is_taken_away() -> None:
    why = await lost(edit("a", "b"), texts={"other.py": ""})
    assert why == Dropped("fix-does-not-apply", "Wrong: a.py cannot be read")


@pytest.mark.asyncio
async def test_a_fix_that_parses_worse_is_taken_away_and_one_that_parses_no_worse_is_kept() -> None:
    assert (await lost(edit("print(total(orders))", "print(total(orders)"))).reason == "fix-parses-worse"
    broken = {"a.py": CODE + "def (:\n"}
    found, _ = await proved(edit("o.price", "o.net"), texts=broken)
    assert found.fix is not None
    assert "parses" in found.fix.proof


@pytest.mark.asyncio
async def test_what_nobody_could_take_apart_in_time_is_not_proven() -> None:
    assert (await lost(edit("o.price", "o.net"), outline=late)).reason == "fix-unread"
    assert (await lost(edit("o.price", "o.net"), outline=None)).reason == "fix-unread"


@pytest.mark.asyncio
async def test_a_fix_that_raises_a_rule_is_taken_away_unless_it_was_raised_before() -> None:
    why = await lost(edit("o.price", "eval(o.price)"))
    assert why == Dropped("fix-raises-rule", "Wrong: no-eval in a.py")
    had = {"a.py": CODE.replace("o.price", "eval(o.price)")}
    found, _ = await proved(edit("print(total(orders))", "print(1 + total(orders))"), texts=had)
    assert found.fix is not None
    assert "no new rule" in found.fix.proof


@pytest.mark.asyncio
async def test_a_file_the_rules_can_no_longer_look_at_is_not_proven() -> None:
    async def failing(documents: Sequence[Document]) -> StaticResult:
        bad = [(one.path, "the static checker crashed on it") for one in documents if "net" in one.text]
        return StaticResult((), tuple(bad))

    assert (await lost(edit("o.price", "o.net"), static=failing)).reason == "fix-unread"


@pytest.mark.asyncio
async def test_without_rules_nothing_is_said_of_rules() -> None:
    found, _ = await proved(edit("o.price", "o.net"), static=None)
    assert found.fix is not None
    assert found.fix.proof == ("applies", "parses", "callers intact")


@pytest.mark.asyncio
async def test_a_changed_contract_breaks_callers_that_the_fix_leaves_as_they_were() -> None:
    change = edit("def total(orders):", "def total(orders, tax):")
    assert await lost(change) == Dropped("fix-breaks-callers", "Wrong: the contract of total changes")
    asked: list[str] = []

    async def callers(changed: Sequence[Broken]) -> Sequence[Unit]:
        asked.extend(one.symbol for one in changed)
        document = Document.of("a.py", CODE, "python")
        block = next(one for one in (_taken_apart(document) or Outline(())).blocks if one.name == "report")
        return (Unit(document, block, "calls total"),)

    why = await lost(change, callers=callers)
    assert why == Dropped("fix-breaks-callers", "Wrong: total is called at a.py:6")
    assert asked == ["total"]
    both, _ = await proved(change, edit("print(total(orders))", "print(total(orders, 1))"), callers=callers)
    assert both.fix is not None
    assert "no callers left behind" in both.fix.proof


@pytest.mark.asyncio
async def test_a_contract_that_nobody_relies_on_may_change() -> None:
    async def nobody(changed: Sequence[Broken]) -> Sequence[Unit]:
        return ()

    found, _ = await proved(edit("def total(orders):", "def total(orders, tax):"), callers=nobody)
    assert found.fix is not None
    assert "no callers left behind" in found.fix.proof


@pytest.mark.parametrize(
    ("left_out", "ready", "kept"),
    [
        ((), True, True),
        ((), False, False),
        ((("workspace", "a newer question took its place"),), True, False),
        ((("b.py:3", "no room for this call site"),), True, True),
    ],
)
@pytest.mark.asyncio
async def test_an_index_that_does_not_know_all_files_proves_no_lack_of_callers(
    left_out: tuple[tuple[str, str], ...], ready: bool, kept: bool
) -> None:
    async def select(question: Question, seconds: float) -> Selection:
        assert (question.task, question.symbol) == ("callers", "total")
        return Selection(left_out=left_out)

    files = Held({"a.py": CODE.replace("    print(total(orders))", "    print(orders)")})
    document = files.read("a.py")
    assert document is not None
    dropped: list[Dropped] = []
    proofs = proofs_over(outline, select, files, None, None, lambda: ready)
    change = finding(edit("def total(orders):", "def total(orders, tax):"))
    (found,) = await proofs([change], Situation(document, Span(0, 0), files=files), dropped.append)
    assert (found.fix is not None) is kept
    assert [one.reason for one in dropped] == ([] if kept else ["fix-unread"])


@pytest.mark.asyncio
async def test_a_fix_may_lie_in_other_files_and_make_new_ones() -> None:
    texts = {"a.py": CODE, "b.py": "import a\n\nx = a.total([])\n"}
    found, _ = await proved(
        edit("x = a.total([])", "x = a.total([1])", "b.py"), edit("", "y = 1\n", "c.py"), texts=texts
    )
    assert found.fix is not None
    assert found.fix.proof == ("applies", "parses", "callers intact", "no new rule")
    bad = await lost(edit("", "y = (\n", "c.py"))
    assert bad == Dropped("fix-parses-worse", "Wrong: c.py does not parse afterwards")


@pytest.mark.asyncio
async def test_a_language_without_grammar_is_proven_to_apply() -> None:
    notes = {"a.py": CODE, "notes.txt": "It takes 3 steps.\n"}
    found, _ = await proved(edit("3 steps", "4 steps", "notes.txt"), texts=notes)
    assert found.fix is not None
    assert found.fix.proof == ("applies",)


class Scripted:
    """A command that was given a label and an answer."""

    label = "passes `make`"

    def __init__(self, answer: str | Exception | None) -> None:
        self.answer = answer
        self.seen: list[Sequence[FileChange]] = []

    async def __call__(self, changes: Sequence[FileChange]) -> str | None:
        self.seen.append(changes)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.mark.asyncio
async def test_the_users_command_has_the_last_word() -> None:
    passing: Command = Scripted(None)
    found, _ = await proved(edit("o.price", "o.net"), command=passing)
    assert found.fix is not None
    assert found.fix.proof[-1] == "passes `make`"
    failed = await lost(edit("o.price", "o.net"), command=Scripted("`make` ended with 2"))
    assert failed == Dropped("fix-fails-command", "Wrong: `make` ended with 2")
    error = await lost(edit("o.price", "o.net"), command=Scripted(UsageError("No work tree.")))
    assert error.detail == "Wrong: No work tree."
    unasked = Scripted(None)
    await lost(edit("o.price", "o.price("), command=unasked)
    assert unasked.seen == [], "what does not parse is not run"


@pytest.mark.asyncio
async def test_proofs_read_the_document_that_was_asked_about() -> None:
    unsaved = Document.of("a.py", CODE.replace("o.price", "o.cost"), "python")
    situation = Situation(unsaved, Span(0, 0), files=Held({"a.py": CODE}))
    dropped: list[Dropped] = []
    proofs = Proofs(outline, static)
    first, second = await proofs(
        [finding(edit("o.cost", "o.net")), finding(edit("o.price", "o.net"))], situation, dropped.append
    )
    assert first.fix is not None and first.fix.proof
    assert second.fix is None
    assert [one.reason for one in dropped] == ["fix-does-not-apply"]


# -- the command itself, in real work trees


def repository(folder: Path, **texts: str) -> Path:
    folder.mkdir()
    for name, text in {"a.py": "x = 1\n", **texts}.items():
        (folder / name).write_text(text, "utf-8")
    for command in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-qm", "one"],
    ):
        subprocess.run(["git", *command], cwd=folder, check=True, timeout=30)
    return folder


def change(path: str, before: str | None, after: str) -> FileChange:
    from counterpoint.text import Edit

    return FileChange(path, before, (Edit(Span(0, len(before or "")), after),))


def python(code: str) -> str:
    return shlex.join([sys.executable, "-I", "-c", code])


def worktrees(root: Path) -> int:
    told = subprocess.run(["git", "worktree", "list"], cwd=root, capture_output=True, check=True, timeout=30)
    return len(told.stdout.splitlines())


needs_posix = pytest.mark.skipif(sys.platform == "win32", reason="process groups are POSIX")


@needs_posix
@pytest.mark.asyncio
async def test_a_command_sees_the_change_and_the_work_tree_as_it_is_and_leaves_nothing_behind(
    tmp_path: Path,
) -> None:
    root = repository(tmp_path / "r", **{"b.py": "b = 1\n", "gone.py": "", "latin.py": ""})
    (root / "b.py").write_text("b = 2\n", "utf-8")
    (root / "new.py").write_text("n = 1\n", "utf-8")
    (root / "gone.py").unlink()
    latin = "# -*- coding: latin-1 -*-\ns = 'é'\n"
    (root / "latin.py").write_bytes(latin.encode("latin-1"))
    code = (
        "import os; o=lambda n: open(n,'rb').read()\n"
        "assert o('a.py')==b'x = 2\\n' and o('b.py')==b'b = 2\\n' and o('new.py')==b'n = 1\\n'\n"
        "assert not os.path.exists('gone.py') and o('latin.py').endswith(b\"s = '\\xe9!'\\n\")"
    )
    changes = [change("a.py", "x = 1\n", "x = 2\n"), change("latin.py", latin, latin.replace("é", "é!"))]
    assert await ProofCommand(root, python(code))(changes) is None
    assert await ProofCommand(root, python(code))(changes[:1]) is not None
    assert (root / "a.py").read_text("utf-8") == "x = 1\n"
    assert worktrees(root) == 1


@needs_posix
@pytest.mark.asyncio
async def test_a_command_runs_in_the_folder_of_the_workspace(tmp_path: Path) -> None:
    root = repository(tmp_path / "r")
    inner = root / "pkg"
    inner.mkdir()
    (inner / "m.py").write_text("m = 1\n", "utf-8")
    code = "assert open('m.py').read()=='m = 2\\n' and open('../a.py').read()=='x = 1\\n'"
    assert await ProofCommand(inner, python(code))([change("m.py", "m = 1\n", "m = 2\n")]) is None


@needs_posix
@pytest.mark.asyncio
async def test_a_command_that_fails_says_how(tmp_path: Path) -> None:
    root = repository(tmp_path / "r")
    command = python("raise SystemExit(3)")
    assert (
        await ProofCommand(root, command)([change("a.py", "x = 1\n", "x = 2\n")])
        == f"`{command}` ended with 3"
    )


@needs_posix
@pytest.mark.asyncio
async def test_a_command_gets_no_key_and_no_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.setenv("GITHUB_TOKEN", "t")
    monkeypatch.setenv("ORDINARY", "o")
    root = repository(tmp_path / "r")
    name = "$(touch owned); touch owned.py"
    code = (
        "import os,sys; e=os.environ\n"
        "assert 'OPENAI_API_KEY' not in e and 'GITHUB_TOKEN' not in e and e['ORDINARY']=='o'\n"
        "assert sys.argv[1:]==['$HOME', '*']\n"
        "assert sorted(os.listdir('.'))==['$(touch owned); touch owned.py', '.git', 'a.py']"
    )
    command = f"{python(code)} '$HOME' '*'"
    assert await ProofCommand(root, command)([change(name, None, "y = 1\n")]) is None
    assert not (root / "owned").exists()


@needs_posix
@pytest.mark.asyncio
async def test_a_command_that_hangs_is_ended_with_all_it_started(tmp_path: Path) -> None:
    root = repository(tmp_path / "r")
    noted = tmp_path / "pid"
    child = "import time; time.sleep(600)"
    code = (
        f"import subprocess,sys,time; p=subprocess.Popen([sys.executable,'-I','-c',{child!r}])\n"
        f"open({str(noted)!r},'w').write(str(p.pid)); time.sleep(600)"
    )
    said = await asyncio.wait_for(ProofCommand(root, python(code), 5.0)([change("a.py", "x = 1\n", "")]), 60)
    assert said is not None and said.endswith("was not done within 5 s")
    await _gone(int(noted.read_text()))
    assert worktrees(root) == 1


@needs_posix
@pytest.mark.asyncio
async def test_cancelling_ends_the_command_and_takes_the_copy_away(tmp_path: Path) -> None:
    root = repository(tmp_path / "r")
    noted = tmp_path / "pid"
    code = f"import os,time; open({str(noted)!r},'w').write(str(os.getpid())); time.sleep(600)"
    run = asyncio.ensure_future(ProofCommand(root, python(code))([change("a.py", "x = 1\n", "")]))
    async with asyncio.timeout(30):
        while not (noted.exists() and noted.read_text()):
            await asyncio.sleep(0.05)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(run, 30)
    await _gone(int(noted.read_text()))
    assert worktrees(root) == 1


async def _gone(pid: int) -> None:
    """An orphan may stay a while as one that nobody has waited for: it runs no more."""
    async with asyncio.timeout(30):
        while True:
            try:
                os.kill(pid, 0)
                state = Path(f"/proc/{pid}/stat").read_text() if sys.platform == "linux" else ") R"
            except (ProcessLookupError, FileNotFoundError):
                return
            if state.rpartition(") ")[2].startswith("Z"):
                return
            await asyncio.sleep(0.05)


@needs_posix
@pytest.mark.asyncio
async def test_a_link_of_the_repository_leads_nowhere(tmp_path: Path) -> None:
    root = repository(tmp_path / "r")
    outside = tmp_path / "outside"
    outside.mkdir()
    (root / "link").symlink_to(outside)
    said = await ProofCommand(root, python("pass"))([change("link/x.py", None, "y = 1\n")])
    assert said == "link/x.py leads out of the copy"
    assert list(outside.iterdir()) == []


@pytest.mark.asyncio
async def test_no_work_tree_and_no_program_are_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no git work tree"):
        await ProofCommand(tmp_path, "true")([change("a.py", "x", "y")])
    root = repository(tmp_path / "r")
    for command in ("no-such-program-at-all", "./no-such-program-at-all"):
        found, dropped = await proved(
            edit("x = 1", "x = 2"), texts={"a.py": "x = 1\n"}, command=ProofCommand(root, command)
        )
        assert found.fix is None
        assert dropped[0].reason == "fix-fails-command"
        assert "review.proof_command" in dropped[0].detail
    assert worktrees(root) == 1
