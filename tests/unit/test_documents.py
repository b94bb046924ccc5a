"""What README, CONTRIBUTING and ARCHITECTURE name is there: verbs and options, settings, modules, tools."""

from __future__ import annotations

import re
import shlex
from functools import reduce
from pathlib import Path
from typing import Any

import click
import pytest

from counterpoint.cli.frame import group as verbs
from counterpoint.settings import Settings, leaves
from tests.unmeasured import imported

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "server" / "counterpoint"
PAGES = {name: (ROOT / name).read_text("utf-8") for name in ("README.md", "CONTRIBUTING.md")}
MAP = (PACKAGE.parent / "ARCHITECTURE.md").read_text("utf-8")
NOTHING: tuple[object, ...] = ("", 0, 0.0, (), {})


def commands(text: str) -> list[str]:
    """Each `counterpoint ...` of a page, without what stands beside it or is piped into it."""
    shown = re.findall(r"^    (?:.*\| )?(counterpoint .*)$", text, re.MULTILINE)
    named = re.findall(r"`(counterpoint [a-z][^`\n]*)`", text)
    return [re.split(r"\s{2,}| >>? | \| ", one)[0] for one in (*shown, *named)]


ASKED = sorted({one for text in PAGES.values() for one in commands(text)})


@pytest.mark.parametrize("line", ASKED)
def test_a_command_that_is_shown_has_its_verb_and_its_options(line: str) -> None:
    words = shlex.split(line)[1:]
    command: click.Command = verbs
    while words and isinstance(command, click.Group):
        found = command.get_command(click.Context(command), words.pop(0).partition("|")[0])
        assert found is not None, line
        command = found
    known = {name for one in command.params for name in (*one.opts, *one.secondary_opts)}
    if not any(one.name == "arguments" for one in command.params):
        assert {word.partition("=")[0] for word in words if word.startswith("--")} <= known


def rows() -> list[tuple[str, str]]:
    """README's table of settings: each name, and the default that is told of it."""
    found = re.findall(r"^\| (`[a-z][^|]*) \| ([^|]*) \|", PAGES["README.md"], re.MULTILINE)
    return [(name, told) for names, told in found for name in re.findall(r"`([^`]+)`", names)]


@pytest.mark.parametrize(("name", "told"), rows(), ids=[name for name, _ in rows()])
def test_a_setting_that_is_told_of_has_that_default(name: str, told: str) -> None:
    assert name in leaves()
    value: Any = reduce(getattr, name.split("."), Settings())
    if told in ("none", "the vendor"):
        assert value in NOTHING
    elif name == "providers.allow":
        assert tuple(told.split(", ")) == tuple(one for one in value if one != "embedded")
    elif isinstance(value, tuple):
        assert tuple(told.split(", ")) == value
    else:
        assert told.strip('`"') == (f"{value:g}" if isinstance(value, float) else str(value)).replace(
            "True", "true"
        ).replace("False", "false")


def test_the_tools_that_are_named_are_there() -> None:
    text = "".join(PAGES.values())
    modules = {one.rstrip(".") for one in re.findall(r"python -m (tests\.[\w.]+)", text)}
    made = set(re.findall(r"(?:^    |`)make ([a-z][a-z-]+)", text, re.MULTILINE))
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert {"demo", "test", "vsix"} <= made <= targets
    assert modules and {one for one in modules if not _is_module(ROOT, one)} == set()


def test_the_map_names_modules_that_are_there() -> None:
    table = MAP[MAP.index("| module | owns") : MAP.index("## Invariants")]
    firsts = [row.split("|")[1] for row in table.split("\n")[2:] if row.startswith("| ")]
    named = {one for first in firsts for one in re.findall(r"`([^`]+)`", first)}
    assert len(named) > 100
    assert {one for one in named if not _is_module(PACKAGE, one.rstrip("/"))} == set()


def test_what_is_heavy_is_not_imported_before_an_editor_is_answered() -> None:
    """In a process of its own: all that the reply to `initialize` takes."""
    heavy = {"sqlite3", "openai", "anthropic", "httpx2", "tree_sitter", "ast_grep_py", "watchdog", "keyring"}
    assert imported(["counterpoint.lsp.serve", "counterpoint.lsp.server"], heavy) == []


def _is_module(root: Path, name: str) -> bool:
    path = root / name.replace(".", "/")
    return path.is_dir() or bool(list(path.parent.glob(f"{path.name}.py")))
