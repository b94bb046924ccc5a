"""Whatever a change is, each form that it can be written in leads to it, byte for byte."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from counterpoint.changes import read_reply
from counterpoint.diffs import unified
from counterpoint.text import Document, NoFiles, apply
from tests.bench.renderings import Change, blocks, schema, whole_files
from tests.bench.round_trip import Repository, Tally, main, report, run

LINES = st.sampled_from(
    [
        "a = 1",
        "b = 2",
        "    c()",
        "",
        "\td",
        "if x:",
        "}",
        "    return a",
        "a = 1  ",
        "é🦊",
        "=======",
        "```",
        "-- x",
    ]
)
TEXT = st.lists(LINES, max_size=14)
ENDS = st.sampled_from(["\n", "\r\n"])
FORMS: dict[str, Callable[[Change], str]] = {
    "whole files": whole_files,
    "search/replace": blocks,
    "schema": schema,
    "diff": lambda change: unified("a.py", change.before["a.py"], change.after["a.py"]),
}


def written(lines: list[str], eol: str, ended: bool, mark: str) -> str:
    text = eol.join(lines)
    return mark + text + (eol if ended and text else "")


@settings(max_examples=150, deadline=None)
@given(
    TEXT, TEXT, ENDS, st.booleans(), st.booleans(), st.sampled_from(["", "\ufeff"]), st.sampled_from([*FORMS])
)
def test_every_form_leads_to_the_change(
    old: list[str], new: list[str], eol: str, had_end: bool, has_end: bool, mark: str, form: str
) -> None:
    before, after = written(old, eol, had_end, mark), written(new, eol, has_end, mark)
    assume(before != after)
    # Blank lines alone can be quoted by nobody, and a file without line ends does not say which it has.
    assume(any(line.strip() for line in old) or before == "")
    assume(after.strip("\ufeff\r\n \t") != "")
    assume(eol == "\n" or before.count(eol) > 0)
    check(form, before, after)


def check(form: str, before: str, after: str) -> None:
    change = Change({"a.py": before}, {"a.py": after})
    reply = FORMS[form](change)
    made = read_reply(reply, Document.of("a.py", before, "python", 3), NoFiles())
    assert made.files, (reply, made.dropped)
    assert made.files[0].version == 3
    assert apply(before, made.files[0].edits) == after, reply


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=400), st.sampled_from(["x = 1\ny = 2\n", ""]))
def test_no_reply_is_too_odd(reply: str, before: str) -> None:
    made = read_reply(reply, Document.of("a.py", before, "python"), NoFiles())
    assert made.files or made.dropped or made.question or '"edits"' in reply


PIECES = st.sampled_from(
    ["<<<<<<< SEARCH\n", "=======\n", ">>>>>>> REPLACE\n", "x = 1\n", "y = 2\n", "```python\n", "```\n",
     "a.py\n", "--- a/a.py\n", "+++ b/a.py\n", "@@ -1,2 +1,2 @@\n", "-x = 1\n", "+x = 3\n", " y = 2\n",
     "*** Begin Patch\n", "*** Update File: a.py\n", "*** End Patch\n", '{"edits": [', "]}\n",
     '{"path": "a.py", "old": "x = 1", "new": "x = 3"}', "<file path=\"a.py\">\n", "</file>\n", "\n",
     "... rest unchanged\n"]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=12))
def test_what_is_thrown_together_changes_a_file_as_a_whole_or_not(pieces: list[str]) -> None:
    before = "x = 1\ny = 2\n"
    made = read_reply("".join(pieces), Document.of("a.py", before, "python"), NoFiles())
    if any(one.reason != "no-change" for one in made.dropped):
        assert made.files == ()
    for change in made.files:
        assert "rest unchanged" not in apply(change.before or "", change.edits)
        assert "<<<<<<<" not in apply(change.before or "", change.edits)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["whole files", "search/replace", "schema"]), st.integers(0, 10_000), st.data())
def test_a_reply_that_is_cut_off_leaves_the_change_or_nothing(
    form: str, seed: int, data: st.DataObject
) -> None:
    rows = [f"name_{number} = {number}" for number in range(12)]
    changed = list(rows)
    for number in random.Random(seed).sample(range(12), 3):
        changed[number] = f"other_{number} = {number}"
    before, after = "\n".join(rows) + "\n", "\n".join(changed) + "\n"
    reply = FORMS[form](Change({"a.py": before}, {"a.py": after}))
    cut = reply[: data.draw(st.integers(0, len(reply) - 1))]
    made = read_reply(cut, Document.of("a.py", before, "python"), NoFiles())
    texts = {apply(change.before or "", change.edits) for change in made.files}
    # Blocks that are all there are a change of their own; what is within one is never applied in part.
    assert texts <= {after} or form == "search/replace"
    for text in texts:
        assert all(one in (*rows, *changed) for one in text.splitlines())


def git(folder: Path, *words: str) -> None:
    env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    names = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "core.autocrlf=false"]
    subprocess.run(["git", *names, *words], cwd=folder, env=env, check=True, capture_output=True, timeout=60)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with commits of every kind that the bench knows."""
    folder = tmp_path_factory.mktemp("round")
    git(folder, "init", "-q", "-b", "main")
    body = "".join(f"def f{number}():\n    return {number}\n\n\n" for number in range(12))
    steps: list[dict[str, bytes | None]] = [
        {"a.py": body.encode(), "win.txt": b"one\r\ntwo\r\nthree\r\n", "old/name.py": body.encode()},
        {"a.py": body.replace("return 3", "return 33").replace("return 9", "return 99").encode()},
        {"a.py": body.replace("    return 5\n", "").encode(), "win.txt": b"one\r\n2\r\nthree\r\n"},
        {"old/name.py": None, "new/name.py": body.replace("return 1\n", "return 11\n").encode()},
        {"win.txt": None, "größe.txt": b"eins\nzwei", "pkg/__init__.py": b""},
        {"größe.txt": b"eins\nzwei\n", "my notes.md": b"# One\n\n```sh\nrun\n```\n"},
        {"my notes.md": b"# One\n\n```sh\nrun --now\n```\n\nTitle\n=======\n"},
        {"logo.png": b"\x89PNG\0\0"},
        {"latin.txt": b"\xe9\n"},
        {"a.py": body.replace("\n", "\r\n").encode()},
        {"a.py": body.replace("\n", "\r\n").replace("return 7", "return 77").encode()},
        {"b.py": b"# ... existing code ...\n"},
        {"c.py": b"x = 1\r\ny = 2\n"},
        {"c.py": b"x = 1\r\ny = 3\n"},
    ]
    for number, step in enumerate(steps):
        for name, data in step.items():
            path = folder / name
            if data is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
        git(folder, "add", "-A")
        git(folder, "commit", "-q", "-m", f"{number}")
    return folder


def test_commits_of_a_repository_come_round_in_every_form(repository: Path) -> None:
    tally = Tally()
    with Repository(repository) as reader:
        run(reader, 100, tally)
    assert tally.failures == []
    assert tally.tried == 7
    assert set(tally.right.values()) == {7}
    assert len(tally.right) == 6
    assert dict(tally.excluded) == {
        "mixed line ends": 2,
        "a new line reads as one for text left out": 1,
        "changes line ends": 1,
        "not UTF-8": 1,
        "a binary file": 1,
    }
    assert "search/replace       7 of 7" in report(tally)


def test_the_bench_wants_a_repository(monkeypatch: pytest.MonkeyPatch, repository: Path) -> None:
    monkeypatch.setattr("sys.argv", ["round_trip"])
    monkeypatch.delenv("ROUND_TRIP_REPOSITORIES", raising=False)
    with pytest.raises(SystemExit):
        main()
    monkeypatch.setenv("ROUND_TRIP_REPOSITORIES", str(repository))
    monkeypatch.setattr("sys.argv", ["round_trip", "--commits", "2"])
    assert main() == 0


@settings(max_examples=60, deadline=2000)
@given(
    st.sampled_from("#-*/<[({'\"!%; \t`=>.|…"),
    st.sampled_from(["rest", " ", "existing", "the ", "code"]),
    st.booleans(),
)
def test_long_rows_of_signs_take_no_time(sign: str, word: str, fenced: bool) -> None:
    line = sign * 150 + word * 9
    reply = f"a.py\n```python\nx = 1\n{line}\ny = 3\n```\n{line}" if fenced else f"{line}\n{line}\n"
    read_reply(reply, Document.of("a.py", "x = 1\ny = 2\n", "python"), NoFiles())
