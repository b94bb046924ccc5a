from __future__ import annotations

import os
import subprocess
import sys

import pytest

from counterpoint.errors import UsageError
from counterpoint.lsp.parent import Parent, exists
from counterpoint.lsp.serve import Options, main, parse


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ([], Options()),
        (["--stdio"], Options()),
        (["--stdio", "--clientProcessId=12"], Options()),
        (["--clientProcessId", "12", "--log-level", "debug"], Options(None, "debug")),
        (["--tcp", "127.0.0.1:0"], Options(("127.0.0.1", 0))),
        (["--tcp=localhost:7711"], Options(("127.0.0.1", 7711))),
        (["--tcp", "[::1]:7711"], Options(("::1", 7711))),
        (["--tcp", ":7711"], Options(("127.0.0.1", 7711))),
    ],
)
def test_arguments(arguments: list[str], options: Options) -> None:
    assert parse(arguments) == options


@pytest.mark.parametrize(
    "arguments",
    [
        ["--tcp"],
        ["--tcp", "0.0.0.0:1"],
        ["--tcp", "192.168.0.1:1"],
        ["--tcp", "example.test:1"],
        ["--tcp", "127.0.0.1:http"],
        ["--tcp", "127.0.0.1:65536"],
        ["--log-level", "loud"],
        ["--log-level"],
        ["file.py"],
    ],
)
def test_wrong_arguments_say_what_to_do(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError) as caught:
        parse(arguments)
    assert caught.value.fix
    assert main(arguments) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "--tcp HOST:PORT" in capsys.readouterr().out


def test_a_parent_is_gone_once_it_has_ended() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    parent = Parent(child.pid)
    assert not parent.gone()
    child.communicate(b"\n")
    assert parent.gone()
    parent.close()
    assert not Parent(child.pid).gone(), "never seen alive"
    assert exists(os.getpid())
    mine = Parent(os.getppid())
    assert not mine.gone()
    mine.close()


@pytest.mark.skipif(sys.platform == "win32", reason="process 1 is another user's on POSIX only")
def test_another_users_process_counts_as_alive() -> None:
    assert exists(1)
    assert not Parent(0).gone()
