"""vitest's and jest's arguments for only some files. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from counterpoint.context.impact import Impacted
from counterpoint.testruns.words import Unclear, as_place, flat, sorted_out

_VALUED = re.compile(
    r"-[ctwi]|--(?:reporter|outputFile|config|project|projects|testNamePattern|environment|pool|mode|retry"
    r"|testTimeout|hookTimeout|bail|maxWorkers|minWorkers|shard|exclude|env|setupFilesAfterEnv)"
)
_FLAGS = re.compile(
    r"-u|--(?:run|no-.*|coverage|silent|passWithNoTests|ci|verbose|runInBand|colors?|update|globals|dom"
    r"|allowOnly|isolate|typecheck|forceExit|detectOpenHandles|hideSkippedTests|watch|watchAll)"
)
_ELSEWHERE = frozenset({"-r", "--root", "--dir", "--rootDir", "--roots"})
_COMMANDS = frozenset({"run", "watch", "dev"})
_FILE = re.compile(r"\.[cm]?[jt]sx?$")


def script_words(
    arguments: Sequence[str], tests: Sequence[Impacted], read: Callable[[str], str | None]
) -> tuple[list[str], tuple[Impacted, ...]]:
    """The arguments with the files for the filters that were there, and the tests that are left.

    Raises `Unclear`.
    """
    command = [*arguments[:1]] if arguments[:1] and arguments[0] in _COMMANDS else []
    kept: list[str] = []
    filters: list[str] = []
    for kind, text, value in sorted_out(arguments[len(command) :], _is_valued):
        if kind == "rest":
            raise Unclear(f"it is not clear what {text} is for")
        if text in _ELSEWHERE:
            raise Unclear(f"{text} says that files are looked for elsewhere")
        if kind == "place":
            filters.append(text.removeprefix("./"))
        else:
            kept += flat(kind, text, value, arguments)
    if any(one in ("related", "bench", "list", "init", "typecheck") for one in filters):
        raise Unclear("the command does something else than run tests")
    left = tuple(
        one
        for one in tests
        if _FILE.search(one.path) and (not filters or any(each in one.path for each in filters))
    )
    return [*command, *kept, *dict.fromkeys(as_place(one.path) for one in left)], left


def _is_valued(name: str) -> bool | None:
    if _VALUED.fullmatch(name) or name in _ELSEWHERE:
        return True
    # Options with a dot are those of a part, such as --coverage.enabled, which is on by being there.
    return False if _FLAGS.fullmatch(name) else None
