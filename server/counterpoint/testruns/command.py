"""The user's test command, made to run only some tests where its runner is known and takes them. Pure.

What is not understood whole is run as it is: a receipt of too many tests is right, one of the wrong ones not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from counterpoint.context.impact import Impact, Impacted
from counterpoint.testruns.command_go import go_words
from counterpoint.testruns.command_pytest import pytest_words
from counterpoint.testruns.command_script import script_words
from counterpoint.testruns.words import Unclear

SHARE = 0.3
_LEAST = 20
"""So few tests are run whatever their share: to choose among them saves nobody any time."""
_LONGEST = 30_000
"""Characters of a command line, which systems limit; Windows to little more than these."""
_SCRIPTS = frozenset({"js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts"})
_MAKERS = {
    "pytest": (pytest_words, frozenset({"py"}), _LEAST),
    "go": (go_words, frozenset({"go"}), _LEAST),
}
"""By runner how to choose, in which files, and how few tests are all run; files, where it chooses these."""
_LAUNCHERS = frozenset(
    {"uv", "uvx", "poetry", "pdm", "pipenv", "rye", "hatch", "coverage", "python", "python3", "py", "npx"}
    | {"pnpm", "yarn", "bun", "bunx", "npm", "node", "env", "nice", "time", "timeout"}
)
_RUNNERS = {"pytest": "pytest", "py.test": "pytest", "vitest": "vitest", "jest": "jest"}
_ENDING = re.compile(r"\.(?:exe|cmd|ps1|[cm]?js)$")
_VERSIONED = re.compile(r"python3?(?:\.\d+)?")

Read = Callable[[str], str | None]
"""A file of the workspace by its path, for settings of a runner; None if it is not there."""


@dataclass(frozen=True, slots=True)
class Narrowed:
    """A command. `tests` are those it runs, out of `total`; none where it is the user's as it stands, and
    then `why` says in words for the user why it is."""

    words: tuple[str, ...]
    tests: tuple[Impacted, ...] = ()
    total: int = 0
    why: str = ""


def runner_of(words: Sequence[str]) -> tuple[str, int]:
    """The runner a command starts, "pytest", "vitest", "jest" or "go", and after how many words its own
    arguments begin; "" for one that is not known, or is started in a way that is not."""
    for at, word in enumerate(words):
        name = _name(word)
        if name in _RUNNERS:
            return _RUNNERS[name], at + 1
        if name == "go" and words[at + 1 : at + 2] == ["test"]:
            return "go", at + 2
        if at == 0 and name not in _LAUNCHERS and not _VERSIONED.fullmatch(name):
            break
    return "", 0


def narrowed(words: Sequence[str], impact: Impact, read: Read, *, share: float = SHARE) -> Narrowed:
    """The command that runs only the tests a change may break, at most a share of all its runner has."""
    words = list(words)
    runner, begin = runner_of(words)
    if not runner:
        return Narrowed(tuple(words), why="the command is of no test runner we know")
    make, endings, least = _MAKERS.get(runner, (script_words, _SCRIPTS, 1))
    total = sum(count for ending, count in impact.totals.items() if ending in endings)
    if total <= _LEAST and least > 1:
        return Narrowed(tuple(words), why=impact.why_not or "there are few tests")
    try:
        _, ranked = make(words[begin:], impact.tests, read)
        most = min(len(ranked), max(least, int(share * total)))
        made, tests = make(words[begin:], _in_order(ranked[:most]), read)
        while most > 1 and _length(made) > _LONGEST:
            most //= 2
            made, tests = make(words[begin:], _in_order(ranked[:most]), read)
    except Unclear as why:
        return Narrowed(tuple(words), why=str(why))
    if not tests:
        return Narrowed(
            tuple(words), why=impact.why_not or "no test it runs is known to depend on the change"
        )
    return Narrowed((*words[:begin], *made), tests, total)


def _in_order(tests: Sequence[Impacted]) -> Sequence[Impacted]:
    """Tests as a whole run would take them: some suites depend on it."""
    return sorted(tests, key=lambda one: (one.path, one.line))


def _length(words: Sequence[str]) -> int:
    return sum(map(len, words)) + len(words)


def _name(word: str) -> str:
    """A program's name without its folder and ending."""
    return _ENDING.sub("", re.split(r"[\\/]", word)[-1].lower())
