"""The question which profile fits, in a real terminal: once, and never where nobody can answer."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.cli.running import command, environment, run

if sys.platform == "win32":
    pytest.skip("a terminal of POSIX", allow_module_level=True)

import pty

ASKED = "How do you work?"


def typed(*arguments: str, answers: tuple[str, ...], cwd: Path) -> tuple[int, str]:
    """Run in a terminal and type an answer at each prompt; the exit code and all that the screen showed."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command(*arguments), cwd=cwd, env=environment({"TERM": "dumb", "NO_COLOR": "1"}),
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    shown, waiting, until = b"", [*answers], time.monotonic() + 120
    try:
        while time.monotonic() < until:
            if not select.select([ours], [], [], 0.2)[0]:
                if process.poll() is not None:
                    break
                continue
            try:
                got = os.read(ours, 4096)
            except OSError:  # the other end is closed
                break
            shown += got
            if waiting and shown.rstrip().endswith(b"defaults:"):
                os.write(ours, f"{waiting.pop(0)}\n".encode())
                shown += b"\n"
        code = process.wait(60)
    finally:
        process.kill()
        os.close(ours)
    assert not waiting, shown
    return code, re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown.decode("utf-8", "replace"))


def config(home: Path) -> str:
    file = home / "config.toml"
    return file.read_text() if file.exists() else ""


@pytest.mark.parametrize(("answer", "name"), [("3", "pair"), ("Solo", "solo")])
def test_an_answer_is_written_and_not_asked_for_again(
    tmp_path: Path, clean_environment: Path, answer: str, name: str
) -> None:
    code, shown = typed("setup", answers=(answer,), cwd=tmp_path)
    assert code == 0 and shown.count(ASKED) == 1
    assert all(f"{at}  {row}" in shown for at, row in enumerate(("solo", "startup", "pair", "pipeline"), 1))
    assert config(clean_environment) == f'profile = "{name}"\n'
    code, shown = typed("setup", "helix", answers=(), cwd=tmp_path)
    assert code == 0 and ASKED not in shown and "language-server" in shown


def test_no_answer_is_an_answer(tmp_path: Path, clean_environment: Path) -> None:
    code, shown = typed("setup", "helix", answers=("",), cwd=tmp_path)
    assert code == 0 and "the defaults count" in shown and "language-server" in shown
    assert config(clean_environment) == ""
    assert ASKED not in typed("setup", answers=(), cwd=tmp_path)[1]


def test_what_is_no_profile_is_asked_for_once_more(tmp_path: Path, clean_environment: Path) -> None:
    code, shown = typed("setup", answers=("7", "pipeline"), cwd=tmp_path)
    assert code == 0 and "Give 1 to 5" in shown
    assert config(clean_environment) == 'profile = "pipeline"\n'


def test_who_has_chosen_is_not_asked(tmp_path: Path, clean_environment: Path) -> None:
    (clean_environment / "config.toml").write_text('profile = "solo"\n')
    assert ASKED not in typed("setup", answers=(), cwd=tmp_path)[1]


def test_where_the_configuration_goes_into_a_file_nobody_is_asked(tmp_path: Path) -> None:
    assert run("setup", "--profile", "pair", cwd=tmp_path).code == 0
    ran = run("setup", "helix", cwd=tmp_path)
    assert ran.code == 0 and ASKED not in ran.err


def test_a_repository_has_no_say_in_whether_it_is_asked(tmp_path: Path, clean_environment: Path) -> None:
    (tmp_path / ".counterpoint").mkdir()
    (tmp_path / ".counterpoint" / "config.toml").write_text('profile = "enterprise"\n')
    assert ASKED in typed("setup", answers=("solo",), cwd=tmp_path)[1]
    assert config(clean_environment) == 'profile = "solo"\n'
