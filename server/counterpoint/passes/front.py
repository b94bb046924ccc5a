"""Files of a repository that say what a model is asked: Markdown with front matter, read with care.

What they hold is sent, so that a file which may not leave is not read; what is wrong with one is said with
what to do about it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from counterpoint.errors import ConfigError
from counterpoint.project import Decoded, Project

MOST_CHARACTERS = 6_000
_MOST_FILES, _MOST_TITLE, _MOST_NAME = 20, 60, 40
_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_FRONT = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)


def files_in(project: Project, folder: str, what: str, problems: list[str]) -> list[str]:
    """The Markdown files of a folder, in order; that there are too many of `what` becomes a problem."""
    try:
        names = sorted(path.name for path in (project.root / folder).iterdir() if path.suffix == ".md")
    except OSError:
        return []
    if len(names) > _MOST_FILES:
        problems.append(f"{folder}: only the first {_MOST_FILES} of {len(names)} {what} are used.")
    return [f"{folder}/{name}" for name in names[:_MOST_FILES] if name.lower() != "readme.md"]


def name_of(path: str, what: str, taken: Sequence[str]) -> str:
    """What such a file is called. Raises ConfigError for a name that cannot be used or is a shipped one's."""
    name = path.rpartition("/")[2].removesuffix(".md")
    if not _NAME.fullmatch(name) or len(name) > _MOST_NAME:
        raise ConfigError(
            f"a {what} is called as its file, in small letters, digits and hyphens.", fix="Rename the file."
        )
    if name in taken:
        raise ConfigError(f"a shipped {what} is called {name!r} already.", fix="Rename the file.")
    return name


def read(project: Project, path: str, what: str) -> str:
    """The text of such a file, with line feeds. Raises ConfigError. Reads the file."""
    if reason := project.why_not_sent(path):
        raise ConfigError(
            f"not used: {reason}.", fix=f"A {what} is sent to the model: keep it with your code."
        )
    loaded = project.load(path)
    if not isinstance(loaded, Decoded):
        raise ConfigError(f"not used: {loaded}.", fix="Save it as UTF-8 text.")
    return loaded.text.replace("\r\n", "\n").replace("\r", "\n")


def parted(
    text: str, fields: Sequence[str], says: str, *, silent: bool = False
) -> tuple[Mapping[str, Any], str]:
    """Front matter and text. Raises ConfigError for front matter that is none, an unknown field, and a text
    that is too long, or empty where it may not be `silent`; `says` is what the text is to say."""
    front = _FRONT.match(text)
    head = _head(front[1], fields) if front is not None else {}
    said = (text[front.end() :] if front is not None else text).strip()
    if not said and not silent:
        raise ConfigError("it says nothing.", fix=f"Write below the front matter {says}.")
    if len(said) > MOST_CHARACTERS:
        raise ConfigError(
            f"its {len(said):,} characters are more than {MOST_CHARACTERS:,}.",
            fix="Shorten it, or make two of it.",
        )
    return head, said


def _head(text: str, fields: Sequence[str]) -> Mapping[str, Any]:
    import yaml

    try:
        head = yaml.safe_load(text) if len(text) <= MOST_CHARACTERS else None
    except (yaml.YAMLError, ValueError, RecursionError):
        head = None
    if head is None and not text.strip():
        head = {}
    if not isinstance(head, Mapping):
        raise ConfigError("its front matter is no YAML of `key: value` lines.", fix="Correct it.")
    known = " and ".join(filter(None, (", ".join(f"`{one}`" for one in fields[:-1]), f"`{fields[-1]}`")))
    for key in head:
        if key not in fields:
            raise ConfigError(
                f"its front matter has the unknown field {str(key)[:40]!r}.", fix=f"Use {known}."
            )
    return head


def title_of(head: Mapping[str, Any], name: str) -> str:
    """The title, by default the name in words. Raises ConfigError."""
    title = head.get("title", name.replace("-", " ").capitalize())
    if not isinstance(title, str) or not title.strip() or len(title) > _MOST_TITLE or not title.isprintable():
        raise ConfigError(f"its title is no line of at most {_MOST_TITLE} characters.", fix="Correct it.")
    return title.strip()


def choice_of(head: Mapping[str, Any], field: str, choices: Sequence[str]) -> str:
    """One of few words, by default the first. Raises ConfigError naming them."""
    given = head.get(field, choices[0])
    if given not in choices:
        raise ConfigError(
            f"its `{field}` is {str(given)[:40]!r}.", fix=f"Use {', '.join(choices[:-1])} or {choices[-1]}."
        )
    return str(given)
