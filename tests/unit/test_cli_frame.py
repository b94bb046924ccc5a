"""The frame: verbs found by name and loaded when called, failures in one line, the right exit code."""

from __future__ import annotations

import io
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from counterpoint.cli import frame, opened, terminal
from counterpoint.errors import BudgetExceeded, ConfigError, ProviderError, UsageError
from counterpoint.keys import Keys


@pytest.fixture
def verb(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """Put a body of the test's own in place of the verb `models`."""

    def install(body: Callable[[], Any]) -> None:
        command = click.Command("models", callback=body)

        class Module:
            pass

        Module.command = command  # type: ignore[attr-defined]
        monkeypatch.setattr(frame, "import_module", lambda name: Module)

    return install


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("Wrong.", fix="Do this."), 2),
        (ConfigError("Wrong.", fix="Do this."), 2),
        (ProviderError("Wrong.", fix="Do this."), 3),
        (BudgetExceeded("Wrong.", fix="Do this."), 4),
    ],
)
def test_a_failure_is_one_line_with_its_fix(
    error: Exception, code: int, verb: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    def body() -> None:
        raise error

    verb(body)
    assert frame.run(["models"]) == code
    assert capsys.readouterr().err == "Wrong. Do this.\n"
    assert frame.run(["models", "--verbose"]) == code
    err = capsys.readouterr().err
    assert "Traceback" in err
    assert err.endswith("Wrong. Do this.\n")


def test_what_is_logged_is_shown_where_it_is_asked_for_and_then_no_more(
    verb: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    def body() -> None:
        logging.getLogger("counterpoint.calls").info("edit: gpt-5.5 (\x1b[31mGPT-5.5 fills the role fast)")

    verb(body)
    shown = []
    for arguments in (["models"], ["models", "--verbose"], ["models"]):
        assert frame.run(arguments) == 0
        shown.append(capsys.readouterr().err)
    assert shown[0] == shown[2] == ""
    assert shown[1].startswith("edit: gpt-5.5 (") and "GPT-5.5 fills the role fast)" in shown[1]
    assert "\x1b" not in shown[1]


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, click.exceptions.Abort])
def test_an_interrupt_is_130(
    interrupt: type[BaseException], verb: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    def body() -> None:
        raise interrupt

    verb(body)
    assert frame.run(["models"]) == 130
    assert capsys.readouterr().err.strip() == "Interrupted."


def test_a_defect_of_ours_is_one_line_too(
    verb: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    def body() -> None:
        raise TypeError("two\nlines \x1b[31m")

    verb(body)
    assert frame.run(["models"]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "--verbose" in err
    assert "\x1b" not in err


@pytest.mark.parametrize(("arguments", "first"), [([], "demo"), (["keys"], "list"), (["config"], "show")])
def test_with_no_command_the_help_is_told_line_by_line(
    arguments: list[str], first: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert frame.run(arguments) == 2
    rows = capsys.readouterr().err.splitlines()
    assert rows[0] == f"Usage: {' '.join(['counterpoint', *arguments])} [OPTIONS] COMMAND [ARGS]..."
    commands = rows[rows.index("Commands:") + 1 :]
    assert any(row.split()[:1] == [first] for row in commands)
    assert not any(row.endswith("--help") for row in rows)


def test_a_status_is_looked_for_where_it_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert frame.run(["status"]) == 2
    err = capsys.readouterr().err
    assert "There is no command 'status'." in err
    assert "`counterpoint doctor`" in err and "`counterpoint costs`" in err


def test_the_verbs_own_code_is_kept(verb: Callable[..., None]) -> None:
    verb(lambda: 3)
    assert frame.run(["models"]) == 3
    verb(lambda: None)
    assert frame.run(["models"]) == 0


@pytest.mark.parametrize(
    "arguments", [["nope"], ["review", "--nope"], ["complete"], ["review", "--fail-on", "P7"], ["--nope"]]
)
def test_wrong_usage_is_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert frame.run(arguments) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "--help" in err


def test_every_verb_loads_and_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert frame.run(["--help"]) == 0
    listed = capsys.readouterr().out
    for name in frame.VERBS:
        assert name in listed
        if name != "serve":
            assert frame.run([name, "--help"]) == 0
            assert "Usage: counterpoint" in capsys.readouterr().out
    assert frame.run(["revew"]) == 2
    assert "Did you mean review?" in capsys.readouterr().err
    assert frame.run(["--version"]) == 0


def test_a_reader_that_left_is_no_error(verb: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    def body() -> None:
        raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", io.StringIO())
    verb(body)
    assert frame.run(["models"]) == 0
    sys.stdout.close()


def test_serve_starts_before_the_command_line_is_imported() -> None:
    code = (
        "import sys; sys.argv = ['counterpoint', 'serve', '--help']\n"
        "from counterpoint.__main__ import main\n"
        "try: main()\n"
        "except SystemExit as left: assert left.code == 0\n"
        "heavy = {'click', 'rich', 'openai', 'anthropic', 'pygls', 'counterpoint.cli'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, capture_output=True)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_there_are_colours_and_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(sys, "stderr", screen)
    terminal.tell("[bold]as it is[/bold] \x1b[2J", style="red")
    assert "[bold]as it is[/bold]" in screen.getvalue()
    assert "\x1b[31m" in screen.getvalue()
    assert "\x1b[2J" not in screen.getvalue()
    with terminal.progress("Working") as bar:
        bar.step("half", 1, 2)
    assert terminal.interactive(Terminal())
    assert not terminal.interactive(io.StringIO())


def test_elsewhere_progress_is_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with terminal.progress("Working") as bar:
        bar.step("half", 1, 2)
    assert capsys.readouterr().err == "half\n"


def test_a_key_is_read_from_stdin_and_never_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n"))
    assert frame.run(["keys", "set", "openai"]) == 2
    assert "No key was given" in capsys.readouterr().err
    kept: dict[str, str] = {}

    async def store(self: object, provider: str, value: str) -> str:
        kept[provider] = value
        return "environment"

    monkeypatch.setattr(Keys, "set", store)
    monkeypatch.setattr(sys, "stdin", io.StringIO("sk-secret\n"))
    assert frame.run(["keys", "set", "openai"]) == 0
    said = capsys.readouterr()
    assert kept == {"openai": "sk-secret"}
    assert "sk-secret" not in said.out + said.err
    assert "outranks" in said.err
    assert frame.run(["keys", "remove", "openai"]) == 2 or "no key" in capsys.readouterr().err
    assert frame.run(["keys", "list", "--format", "json"]) == 0
    assert '"inForce"' in capsys.readouterr().out


def test_paths_are_shown_as_seen_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Here:
        root = tmp_path

    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    where = opened.shown_path(Here())  # type: ignore[arg-type]
    assert where("sub/a.py") == "a.py"
    assert where("b.py") == str(tmp_path / "b.py")
