"""Files that settings stand in: the user's own, the repository's, and those it carries for other programs.

A repository may hold settings for Counterpoint in files that editors and tools read: `.vscode/settings.json`,
`.zed/settings.json`, `pyproject.toml`. None of these is a source of ours. What they say of protected settings
is named, so that nobody is left to wonder; and since some editors hand such a file on as if the user had
written it, nothing that one of theirs names counts there either.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from counterpoint.errors import ConfigError

Kind: TypeAlias = Literal["refused", "unknown", "type", "file"]
REPOSITORY_FILE = ".counterpoint/config.toml"
_MAX_FILE_BYTES = 1_000_000
_OURS = "counterpoint"
_EDITORS = (
    *(".zed/settings.json", ".helix/languages.toml", ".vim/coc-settings.json", ".nvim/coc-settings.json"),
    *(".neoconf.json", ".nlsp-settings/counterpoint.json", ".nvim.lua", ".exrc", ".nvimrc", ".lazy.lua"),
    *(".kateproject", ".dir-locals.el", "*.sublime-project"),
)
"""Files from which editors may fill `initializationOptions`. Our extension for VS Code reads none."""
_OTHERS = (
    *(".vscode/settings.json", "*.code-workspace", "pyproject.toml", "package.json", ".editorconfig"),
    *(".env", ".env.local", ".envrc", ".mise.toml", ".devcontainer/devcontainer.json"),
)
_WITHIN = {"package.json": f"{_OURS}.", "pyproject.toml": f"tool.{_OURS}."}
"""Where a file speaks of us only there; a manifest of an extension has our names elsewhere."""
_NOISE = re.compile(r'("(?:\\.|[^"\\])*(?:"|\\?\Z))|//[^\n]*|/\*(?:.*?\*/|.*\Z)|,(?=\s*[}\]])', re.DOTALL)
"""Comments, and commas before a closing bracket, which JSON for editors may have; texts are kept. What is
never closed runs to the end: to try again from every place in it would take minutes."""
_JSON = (".json", ".code-workspace", ".sublime-project", ".kateproject")
_SCRIPTS = (".lua", ".exrc", ".nvimrc", ".el", *_JSON)
"""Files of which words are looked for where they cannot be read as trees."""
_ESCAPED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2}))")
"""A character as JSON and TOML may have it: with that in it, our name would be overlooked."""
_MOST_CARRIED = 1_000_000


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a source that was not taken over. `path` is a setting's, or empty for a whole file."""

    kind: Kind
    path: str
    source: str
    message: str

    def __str__(self) -> str:
        return f"{self.source}: {self.message}"


@dataclass(frozen=True, slots=True)
class Carried:
    """What files of a repository say of protected settings. `by_editors` are the paths named in those that
    an editor may hand on as its user's."""

    problems: tuple[Problem, ...] = ()
    by_editors: frozenset[str] = frozenset()


def refusal(path: str, source: str) -> Problem:
    """That a protected setting was not taken from a source."""
    message = (
        f"{path} was refused: it is protected, because a repository could have written it. "
        "Set it in your own config.toml."
    )
    return Problem("refused", path, source, message)


def carried(root: Path | None, protected: Sequence[str]) -> Carried:
    """Look through the files that a repository may carry. Those that do not name us are not read apart."""
    if root is None:
        return Carried()
    problems: list[Problem] = []
    by_editors: set[str] = set()
    for name, text in _texts(root):
        if text is None:
            said = "it is larger than 1 MB: of the protected settings an editor sends, none counts"
            problems.append(Problem("file", "", name, said))
            by_editors.update(protected)
            continue
        found = [path for path in protected if path in _named(name, text, protected)]
        problems += (refusal(path, name) for path in found)
        if _is_editors(name):
            by_editors.update(found)
    return Carried(tuple(problems), frozenset(by_editors))


def speaks_for_the_client(root: Path) -> bool:
    """Whether a file of the folder may have made an editor say of itself what it says: Sublime Text takes
    capabilities from a project's file."""
    texts = (text for name, text in _texts(root) if _is_editors(name))
    return any(text is None or "capabilities" in _plain(text) for text in texts)


def _is_editors(name: str) -> bool:
    return any(Path(name).match(pattern) for pattern in _EDITORS)


def _plain(text: str) -> str:
    """A text in small letters, without escapes."""
    return _ESCAPED.sub(lambda found: chr(min(int(found[found.lastindex or 0], 16), 0x10FFFF)), text).lower()


def _texts(root: Path) -> Iterator[tuple[str, str | None]]:
    """The files that are there and name us; None for one of an editor's that is too large to tell."""
    patterns = (*_EDITORS, *_OTHERS)
    try:
        here = sorted(entry.name for entry in root.iterdir())
    except OSError:
        return
    folders = set(here)
    single = [name for name in patterns if "*" not in name and name.partition("/")[0] in folders]
    several = [
        name
        for pattern in patterns
        if pattern.startswith("*")
        for name in here
        if name.endswith(pattern.removeprefix("*"))
    ]
    for name in (*single, *several):
        try:
            with (root / name).open("rb") as stream:
                raw = stream.read(_MOST_CARRIED + 1)
        except OSError:
            continue
        text = raw[:_MOST_CARRIED].decode("utf-8-sig", "replace")
        if len(raw) > _MOST_CARRIED and _is_editors(name):
            yield name, None
        elif _OURS in _plain(text):
            yield name, text


def _named(name: str, text: str, protected: Sequence[str]) -> frozenset[str]:
    """The protected settings that a file names."""
    tree = _tree(name, text)
    if tree is None:
        return _in_words(text, protected, name.endswith(_SCRIPTS))
    within = _WITHIN.get(name, "")
    keys = [f"{key}." for key in _keys(tree) if key.startswith(within) and (within or _OURS in key)]
    return frozenset(path for path in protected if any(f".{path}." in f".{key}" for key in keys))


def _tree(name: str, text: str) -> Mapping[str, Any] | None:
    """A file as a tree; None for one that is none, such as a script."""
    try:
        if name.endswith(".toml"):
            return tomllib.loads(text)
        found = json.loads(_NOISE.sub(lambda part: part[1] or "", text)) if name.endswith(_JSON) else None
    except (ValueError, RecursionError):
        return None
    if name.endswith(f"{_OURS}.json") and isinstance(found, Mapping):
        return {_OURS: found}
    return found if isinstance(found, Mapping) else None


def _keys(tree: Mapping[str, Any]) -> Iterator[str]:
    """All keys of a tree, with those above them, as dotted paths."""
    waiting: list[tuple[str, Mapping[str, Any]]] = [("", tree)]
    while waiting:
        prefix, node = waiting.pop()
        for key, value in node.items():
            yield (path := f"{prefix}{key}")
            if isinstance(value, Mapping):
                waiting.append((f"{path}.", value))


def _in_words(text: str, protected: Sequence[str], script: bool) -> frozenset[str]:
    """The settings that a text names: as variables or whole, in a script also by all their words."""
    low = _plain(text)
    words = set(re.findall(r"\w+", low[low.find(_OURS) :])) if script else set()
    return frozenset(
        path
        for path in protected
        if f"{_OURS}__{path.replace('.', '__')}" in low
        or f"{_OURS}.{path}" in low
        or words.issuperset(path.split("."))
    )


def read_own(file: Path) -> Mapping[str, Any]:
    """A file the user or the administrator wrote: {} if absent, ConfigError if it cannot be read."""
    try:
        return tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}.", fix="See its permissions.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} is not UTF-8.", fix="Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file} is not valid TOML: {error}.", fix="Mend that line.") from error


def read_repository(root: Path | None, problems: list[Problem]) -> Mapping[str, Any]:
    """The repository's file; whatever is wrong with it is a problem to report and never an error."""
    if root is None:
        return {}
    file = root / REPOSITORY_FILE
    try:
        if not file.is_file():
            return {}
        with file.open("rb") as stream:
            raw = stream.read(_MAX_FILE_BYTES + 1)
        if len(raw) > _MAX_FILE_BYTES:
            raise ValueError("it is larger than 1 MB")
        return tomllib.loads(raw.decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        what = error.strerror if isinstance(error, OSError) else str(error)
        problems.append(Problem("file", "", REPOSITORY_FILE, f"the file was not used: {what}"))
        return {}
