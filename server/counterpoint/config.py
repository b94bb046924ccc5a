"""Loads the settings: which sources may set what, in which order, and what was wrong with them.

Plain settings:     defaults <- profile <- user's config.toml <- .counterpoint/config.toml
                    <- editor's user part <- editor <- environment <- machine policy
Protected settings: defaults <- profile <- user's config.toml <- editor's user part <- environment
                    <- machine policy

A repository carries its own `.counterpoint/config.toml` and also editor settings (`.vscode`, `.zed`), so
protected settings from there are refused and named. `privacy.local_only` is gathered from all trusted
sources instead of replaced: a further source may only narrow what is sent.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_type_hints

from counterpoint import paths, profiles
from counterpoint.errors import ConfigError
from counterpoint.settings import Leaf, Settings, leaves
from counterpoint.settings_types import accepted, describe
from counterpoint.settings_types import schema as schema

Kind: TypeAlias = Literal["refused", "unknown", "type", "file"]
_MAX_FILE_BYTES = 1_000_000
_VARIABLE = "COUNTERPOINT__"
_GATHERED = frozenset({"privacy.local_only"})
REPOSITORY_FILE = ".counterpoint/config.toml"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a source that was not taken over. `path` is a setting's, or empty for a whole file."""

    kind: Kind
    path: str
    source: str
    message: str

    def __str__(self) -> str:
        return f"{self.source}: {self.message}"


@dataclass(frozen=True)
class Loaded:
    """Settings in force; `origins` names the source of each path that is not a default."""

    settings: Settings
    origins: Mapping[str, str]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Layer:
    """Values of one source, not yet checked. Only a trusted one may set what is protected."""

    source: str
    values: Mapping[str, Any]
    trusted: bool
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass
class _Merge:
    """What has been taken over so far, while the layers are read in order."""

    known: Mapping[str, Leaf]
    values: dict[str, Any]
    origins: dict[str, str]
    problems: list[Problem]


def load(
    root: Path | None,
    *,
    editor: Mapping[str, Any] | None = None,
    editor_user: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] = os.environ,
    policy_file: Path | None = None,
) -> Loaded:
    """Read every source for a workspace folder (None outside of one).

    `editor` is what the client sent (plain `initializationOptions`, `workspace/configuration`), `editor_user`
    only what stood in `initializationOptions.user`. Reads three small files.

    Raises ConfigError if the user's or the machine's file is no TOML, or gives a protected setting a value
    that cannot be used: to fall back to a default there could send more, or spend more, than was meant.
    """
    problems: list[Problem] = []
    user_file = paths.folders(environ).config_file
    policy = policy_file or paths.policy_file(environ)
    layers = [
        _Layer(str(user_file), _read_own(user_file), True),
        _Layer(REPOSITORY_FILE, _read_repository(root, problems), False),
        _Layer("editor (user settings)", editor_user or {}, True),
        _Layer("editor", _unwrapped(editor or {}), False),
        _environment(environ, problems),
        _Layer(str(policy), _read_own(policy), True),
    ]
    layers.insert(0, _profile(layers))
    known = leaves()
    merge = _Merge(known, {path: leaf.default for path, leaf in known.items()}, {}, problems)
    for layer in layers:
        _walk(merge, layer, layer.values, "")
    return Loaded(_built(Settings, merge.values, ""), merge.origins, tuple(problems))


def _profile(layers: Sequence[_Layer]) -> _Layer:
    """The settings of the profile that the last trusted source names."""
    given = [layer.values["profile"] for layer in layers if layer.trusted and "profile" in layer.values]
    name = given[-1] if given and isinstance(given[-1], str) else ""
    return _Layer(f"profile {name}", profiles.values(name), True)


def split_options(options: Any) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """`initializationOptions` as (`editor`, `editor_user`); anything but an object counts as empty."""
    if not isinstance(options, Mapping):
        return {}, {}
    user = options.get("user")
    rest = {key: value for key, value in options.items() if key != "user"}
    return rest, user if isinstance(user, Mapping) else {}


def _unwrapped(editor: Mapping[str, Any]) -> Mapping[str, Any]:
    """Some clients send the section with its name around it."""
    inner = editor.get("counterpoint")
    if not isinstance(inner, Mapping):
        return editor
    return {**{key: value for key, value in editor.items() if key != "counterpoint"}, **inner}


def _walk(merge: _Merge, layer: _Layer, node: Mapping[str, Any], prefix: str) -> None:
    """Take over a table of a layer. Keys may be dotted: editors write `budget.day_usd` as one key."""
    for key, value in node.items():
        path = f"{prefix}{key}"
        if value is None:
            continue
        if leaf := merge.known.get(path):
            _take(merge, layer, leaf, value)
        elif path == "user" and not layer.trusted and isinstance(value, Mapping):
            message = "`user` counts only inside initializationOptions; a repository could have written this"
            merge.problems.append(Problem("refused", path, layer.source, message))
            _walk(merge, layer, {name: item for name, item in value.items() if name != "user"}, "")
        elif not any(known.startswith(f"{path}.") for known in merge.known):
            _unknown(merge, layer, path)
        elif isinstance(value, Mapping):
            _walk(merge, layer, value, f"{path}.")
        else:
            _mistyped(merge, layer, path, "a table")


def _take(merge: _Merge, layer: _Layer, leaf: Leaf, value: Any) -> None:
    if leaf.protected and not layer.trusted:
        merge.problems.append(_refusal(leaf.path, layer.source))
        return
    try:
        new = accepted(leaf.type, value)
    except (TypeError, ValueError):
        _mistyped(merge, layer, leaf.path, describe(leaf.type))
        return
    old = merge.values[leaf.path]
    if leaf.path in _GATHERED:
        new = tuple(dict.fromkeys((*old, *new)))
    elif isinstance(old, Mapping):
        new = {**old, **new}
    merge.values[leaf.path] = new
    merge.origins[leaf.path] = layer.names.get(leaf.path, layer.source)


def _refusal(path: str, source: str) -> Problem:
    message = (
        f"{path} was refused: it is protected, because a repository could have written it. "
        "Set it in your own config.toml."
    )
    return Problem("refused", path, source, message)


def _mistyped(merge: _Merge, layer: _Layer, path: str, expected: str) -> None:
    """Report a value of the wrong type; a trusted source that fails on a protected setting must not go on."""
    protected = any(
        leaf.protected for name, leaf in merge.known.items() if name == path or name.startswith(f"{path}.")
    )
    name = layer.names.get(path, path)
    if protected and layer.trusted:
        raise ConfigError(
            f"{layer.source}: {name} must be {expected}.", fix="Correct the value or remove it."
        )
    if protected:
        merge.problems.append(_refusal(path, layer.source))
    else:
        message = f"{name} must be {expected}; the value was not used"
        merge.problems.append(Problem("type", path, layer.source, message))


def _unknown(merge: _Merge, layer: _Layer, path: str) -> None:
    """Report an unknown key, with the nearest known name; below a protected table it is a refusal."""
    above = next((known for known in merge.known if path.startswith(f"{known}.")), None)
    if above and merge.known[above].protected and not layer.trusted:
        merge.problems.append(_refusal(path, layer.source))
        return
    import difflib  # only here: most files have no unknown key

    near = difflib.get_close_matches(path, merge.known, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]}?" if near else ""
    shown = path if path.isprintable() and len(path) <= 100 else ascii(path[:100])
    merge.problems.append(Problem("unknown", path, layer.source, f"{shown} is not a setting{hint}"))


def _environment(environ: Mapping[str, str], problems: list[Problem]) -> _Layer:
    """Variables `COUNTERPOINT__A__B`, values read as TOML; text needs no quotes where text is expected."""
    known = leaves()
    values: dict[str, Any] = {}
    names: dict[str, str] = {}
    for name in sorted(environ):
        if not name.upper().startswith(_VARIABLE) or not environ[name].strip():
            continue
        path = ".".join(name[len(_VARIABLE) :].lower().split("__"))
        leaf = known.get(path)
        values[path] = _read_value(environ[name], leaf is not None and leaf.type is not str)
        names[path] = name
    return _Layer("environment", values, True, names)


def _read_value(text: str, toml_only: bool) -> Any:
    try:
        parsed = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text
    value = parsed["value"]
    return value if len(parsed) == 1 and (toml_only or isinstance(value, str)) else text


def _read_own(file: Path) -> Mapping[str, Any]:
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


def _read_repository(root: Path | None, problems: list[Problem]) -> Mapping[str, Any]:
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


def _built(tree: type, values: Mapping[str, Any], prefix: str) -> Any:
    types = get_type_hints(tree)
    return tree(
        **{
            item.name: _built(types[item.name], values, f"{prefix}{item.name}.")
            if is_dataclass(types[item.name])
            else values[f"{prefix}{item.name}"]
            for item in fields(tree)
        }
    )


def show(loaded: Loaded) -> tuple[tuple[str, Any, str], ...]:
    """Rows of (path, value, origin) for `counterpoint config show`, with what may be secret hidden."""
    rows = []
    for path in leaves():
        value: Any = loaded.settings
        for part in path.split("."):
            value = getattr(value, part)
        rows.append((path, _hidden(path, value), loaded.origins.get(path, "default")))
    return tuple(rows)


def _hidden(path: str, value: Any) -> Any:
    if path.endswith(".headers"):
        return dict.fromkeys(value, "(hidden)")
    if isinstance(value, str):
        return re.sub(r"//[^/@\s]+@", "//(hidden)@", value)
    return value
