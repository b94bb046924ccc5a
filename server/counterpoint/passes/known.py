"""All passes of a workspace: the shipped rows and `.counterpoint/passes/*.md`, with what is wrong there.

An own pass is a Markdown file named as the pass, with or without front matter:

    ---
    title: Money is never a float
    fits: ["billing/**", "*.sql"]
    ---
    Amounts are `Decimal` or whole cents. Find ...

A file that cannot be used is told and left out; the others count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from counterpoint.errors import ConfigError, UsageError
from counterpoint.globs import parsed
from counterpoint.passes import front
from counterpoint.passes.quotes import PASSES
from counterpoint.passes.rows import ROWS, SHIPPED, Fits, Pass
from counterpoint.passes.wording import lint
from counterpoint.project import Project

FOLDER = PASSES
_FIELDS = ("title", "fits")


@dataclass(frozen=True)
class Known:
    """Passes by name, shipped ones first. `problems` say which files were not used and why, `notices` which
    wording of a used one a model obeys too well; both for people, with what to do."""

    passes: Mapping[str, Pass]
    problems: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


def known(project: Project | None = None) -> Known:
    """The passes of a workspace; without one the shipped ones. Reads files: use a thread.

    A file that is ignored, secret-like, local only or a link out of the workspace is not read, since its text
    would be sent.
    """
    found = {row.name: row for row in ROWS}
    problems: list[str] = []
    notices: list[str] = []
    for path in front.files_in(project, FOLDER, "passes", problems) if project is not None else ():
        assert project is not None
        try:
            one = _own(project, path)
        except ConfigError as error:
            problems.append(f"{path}: {error}")
            continue
        found[one.name] = one
        notices += (f"{path}, {notice}" for notice in lint(one.text))
    return Known(found, tuple(problems), tuple(notices))


def named(names: Iterable[str], known: Known) -> tuple[Pass, ...]:
    """The passes called so, each once. Raises UsageError naming the known ones."""
    wanted = tuple(dict.fromkeys(names))
    for name in wanted:
        if name not in known.passes:
            spoilt = next((text for text in known.problems if text.startswith(f"{FOLDER}/{name}.md:")), "")
            raise UsageError(
                f"No pass is called {name!r}.", fix=spoilt or f"Use one of: {', '.join(known.passes)}."
            )
    return tuple(known.passes[name] for name in wanted)


def _own(project: Project, path: str) -> Pass:
    name = front.name_of(path, "pass", SHIPPED)
    head, text = front.parted(front.read(project, path, "pass"), _FIELDS, "what to look for")
    return Pass(name, front.title_of(head, name), Fits("any", _globs(head)), path, text)


def _globs(head: Mapping[str, Any]) -> tuple[str, ...]:
    given = head.get("fits", [])
    items = [given] if isinstance(given, str) else given
    if not isinstance(items, list) or len(items) > 50 or not all(isinstance(item, str) for item in items):
        raise ConfigError("`fits` is no list of globs.", fix='Write it as fits: ["billing/**", "*.sql"].')
    for item in items:
        if len(item) > 200 or parsed(item) is None:
            raise ConfigError(f"`fits` holds {item[:40]!r}, which is no glob.", fix="Correct it.")
    return tuple(items)
