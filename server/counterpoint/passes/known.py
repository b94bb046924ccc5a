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

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from counterpoint.errors import ConfigError, UsageError
from counterpoint.globs import parsed
from counterpoint.passes.rows import ROWS, SHIPPED, Fits, Pass
from counterpoint.passes.wording import lint
from counterpoint.project import Decoded, Project

FOLDER = ".counterpoint/passes"
_MOST_FILES, _MOST_CHARACTERS, _MOST_TITLE = 20, 6_000, 60
_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_FRONT = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
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
    for path in _files(project, problems) if project is not None else ():
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


def _files(project: Project, problems: list[str]) -> list[str]:
    folder = project.root / FOLDER
    try:
        names = sorted(path.name for path in folder.iterdir() if path.suffix == ".md")
    except OSError:
        return []
    if len(names) > _MOST_FILES:
        problems.append(f"{FOLDER}: only the first {_MOST_FILES} of {len(names)} passes are used.")
    return [f"{FOLDER}/{name}" for name in names[:_MOST_FILES] if name.lower() != "readme.md"]


def _own(project: Project, path: str) -> Pass:
    name = path.rpartition("/")[2].removesuffix(".md")
    if not _NAME.fullmatch(name) or len(name) > 40:
        raise ConfigError(
            "a pass is called as its file, in small letters, digits and hyphens.", fix="Rename the file."
        )
    if name in SHIPPED:
        raise ConfigError(f"a shipped pass is called {name!r} already.", fix="Rename the file.")
    if reason := project.why_not_sent(path):
        raise ConfigError(f"not used: {reason}.", fix="A pass is sent to the model: keep it with your code.")
    loaded = project.load(path)
    if not isinstance(loaded, Decoded):
        raise ConfigError(f"not used: {loaded}.", fix="Save it as UTF-8 text.")
    head, text = _parted(loaded.text.replace("\r\n", "\n").replace("\r", "\n"))
    if not text:
        raise ConfigError("it says nothing.", fix="Write below the front matter what to look for.")
    if len(text) > _MOST_CHARACTERS:
        raise ConfigError(
            f"its {len(text):,} characters are more than {_MOST_CHARACTERS:,}.",
            fix="Shorten it, or make two of it.",
        )
    return Pass(name, _title(head, name), Fits("any", _globs(head)), path, text)


def _parted(text: str) -> tuple[Mapping[str, Any], str]:
    """Front matter and text. Raises ConfigError for front matter that is none."""
    front = _FRONT.match(text)
    if front is None:
        return {}, text.strip()
    import yaml

    try:
        head = yaml.safe_load(front[1]) if len(front[1]) <= _MOST_CHARACTERS else None
    except (yaml.YAMLError, ValueError, RecursionError):
        head = None
    if head is None and not front[1].strip():
        head = {}
    if not isinstance(head, Mapping):
        raise ConfigError("its front matter is no YAML of `key: value` lines.", fix="Correct it.")
    for key in head:
        if key not in _FIELDS:
            raise ConfigError(
                f"its front matter has the unknown field {str(key)[:40]!r}.", fix="Use `title` and `fits`."
            )
    return head, text[front.end() :].strip()


def _title(head: Mapping[str, Any], name: str) -> str:
    title = head.get("title", name.replace("-", " ").capitalize())
    if not isinstance(title, str) or not title.strip() or len(title) > _MOST_TITLE or not title.isprintable():
        raise ConfigError(f"its title is no line of at most {_MOST_TITLE} characters.", fix="Correct it.")
    return title.strip()


def _globs(head: Mapping[str, Any]) -> tuple[str, ...]:
    given = head.get("fits", [])
    items = [given] if isinstance(given, str) else given
    if not isinstance(items, list) or len(items) > 50 or not all(isinstance(item, str) for item in items):
        raise ConfigError("`fits` is no list of globs.", fix='Write it as fits: ["billing/**", "*.sql"].')
    for item in items:
        if len(item) > 200 or parsed(item) is None:
            raise ConfigError(f"`fits` holds {item[:40]!r}, which is no glob.", fix="Correct it.")
    return tuple(items)
