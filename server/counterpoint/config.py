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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

from counterpoint import paths, profiles
from counterpoint.config_sources import REPOSITORY_FILE, carried, read_own, read_repository, refusal
from counterpoint.config_sources import Problem as Problem
from counterpoint.errors import ConfigError
from counterpoint.settings import Leaf, Settings, leaves
from counterpoint.settings_types import accepted, describe
from counterpoint.settings_types import schema as schema
from counterpoint.tasks import TASKS, Role

_VARIABLE = "COUNTERPOINT__"
_GATHERED = frozenset({"privacy.local_only"})


@dataclass(frozen=True)
class Loaded:
    """Settings in force; `origins` names the source of each path that is not a default."""

    settings: Settings
    origins: Mapping[str, str]
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Layer:
    """Values of one source, not yet checked. Only a trusted one may set what is protected, but for `doubted`
    paths."""

    source: str
    values: Mapping[str, Any]
    trusted: bool
    names: Mapping[str, str] = field(default_factory=dict)
    doubted: frozenset[str] = frozenset()


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
    editor_folders: Sequence[Path] | None = None,
    environ: Mapping[str, str] = os.environ,
    policy_file: Path | None = None,
) -> Loaded:
    """Read every source for a workspace folder (None outside of one).

    `editor` is what the client sent (plain `initializationOptions`, `workspace/configuration`), `editor_user`
    only what stood in `initializationOptions.user`. Some editors fill that from files of the folders they
    have open, `editor_folders`, by default the root: nothing counts there that such a file names. Reads a few
    small files.

    Raises ConfigError if the user's or the machine's file is no TOML, or gives a protected setting a value
    that cannot be used: to fall back to a default there could send more, or spend more, than was meant.
    """
    problems: list[Problem] = []
    user_file = paths.folders(environ).config_file
    policy = policy_file or paths.policy_file(environ)
    protected = [leaf.path for leaf in leaves().values() if leaf.protected]
    named = carried(root, protected)
    problems += named.problems
    doubted = named.by_editors if editor_folders is None else _doubted(editor_folders, protected)
    layers = [
        _Layer(str(user_file), read_own(user_file), True),
        _Layer(REPOSITORY_FILE, read_repository(root, problems), False),
        _Layer("editor (user settings)", editor_user or {}, True, doubted=doubted),
        _Layer("editor", _unwrapped(editor or {}), False),
        _environment(environ),
        _Layer(str(policy), read_own(policy), True),
    ]
    layers.insert(0, _profile(layers))
    known = leaves()
    merge = _Merge(known, {path: leaf.default for path, leaf in known.items()}, {}, problems)
    for layer in layers:
        _walk(merge, layer, layer.values, "")
    problems += _strange(merge)
    return Loaded(_built(Settings, merge.values, ""), merge.origins, tuple(problems))


def _profile(layers: Sequence[_Layer]) -> _Layer:
    """The settings of the profile that the last trusted source names."""
    given = [
        layer.values["profile"]
        for layer in layers
        if layer.trusted and "profile" in layer.values and "profile" not in layer.doubted
    ]
    name = given[-1] if given and isinstance(given[-1], str) else ""
    return _Layer(f"profile {name}", profiles.values(name), True)


def _doubted(folders: Sequence[Path], protected: Sequence[str]) -> frozenset[str]:
    """The settings that an editor may have from files of its folders."""
    return frozenset().union(*(carried(folder, protected).by_editors for folder in folders))


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
    if leaf.protected and (not layer.trusted or leaf.path in layer.doubted):
        merge.problems.append(refusal(leaf.path, layer.source))
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
        merge.problems.append(refusal(path, layer.source))
    else:
        message = f"{name} must be {expected}; the value was not used"
        merge.problems.append(Problem("type", path, layer.source, message))


def _unknown(merge: _Merge, layer: _Layer, path: str) -> None:
    """Report an unknown key, with the nearest known name; below a protected table it is a refusal."""
    above = next((known for known in merge.known if path.startswith(f"{known}.")), None)
    if above and merge.known[above].protected and not layer.trusted:
        merge.problems.append(refusal(path, layer.source))
        return
    hint = _near(path, merge.known)
    shown = path if path.isprintable() and len(path) <= 100 else ascii(path[:100])
    merge.problems.append(Problem("unknown", path, layer.source, f"{shown} is not a setting{hint}"))


def _near(name: str, known: Iterable[str]) -> str:
    import difflib  # only here: most files have no unknown key

    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else ""


def _strange(merge: _Merge) -> list[Problem]:
    """Names that nothing has: their models would never be asked, their cap would hold for nothing; and a
    share that is none."""
    roles = get_args(Role)
    vendors = dict.fromkeys(path.split(".")[1] for path in merge.known if path.startswith("endpoints."))
    found = []
    if (share := merge.values["compare.shadow"]) > 1:
        said = f"compare.shadow is a share, 0 to 1: {share:g} means every question"
        found.append(Problem("type", "compare.shadow", merge.origins.get("compare.shadow", ""), said))
    for path, known, what in (
        ("roles", (*roles, "embedded", *TASKS), "no role and no task"),
        ("providers.allow", (*vendors, "embedded"), "no vendor"),
        ("budget.roles", roles, f"no role, so it caps nothing: {', '.join(roles)}"),
    ):
        source = merge.origins.get(path, "")
        for name in merge.values[path]:
            if name not in known:
                said = f"{path}.{name} is {what}{_near(name, known)}"
                found.append(Problem("unknown", f"{path}.{name}", source, said))
    return found


def _environment(environ: Mapping[str, str]) -> _Layer:
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
