"""pytest's arguments for only some tests. Pure."""

from __future__ import annotations

import configparser
import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatch

from counterpoint.context.impact import Impacted
from counterpoint.testruns.words import Unclear, as_place, flat, sorted_out

_FLAGS = re.compile(
    r"-[qvxslh]+|--(?:verbose|quiet|exitfirst|pdb|trace|lf|ff|nf|sw|last-failed|failed-first|new-first"
    r"|stepwise|stepwise-skip|showlocals|no-showlocals|no-header|no-summary|strict|strict-markers"
    r"|strict-config|runxfail|cache-clear|no-cov|disable-warnings|full-trace|no-cov-on-fail|cov-append"
    r"|cov-branch|setup-show|forked|boxed|benchmark-disable|benchmark-skip|random-order|pyargs)"
)
_VALUED = re.compile(
    r"-[kmpcnoWr]|--(?:maxfail|tb|durations|durations-min|timeout|timeout-method|junitxml|junit-xml|rootdir"
    r"|confcutdir|basetemp|log-level|log-cli-level|log-file|color|capture|show-capture|ignore|ignore-glob"
    r"|deselect|import-mode|numprocesses|dist|maxprocesses|cov-config|cov-fail-under|reruns|reruns-delay|seed"
    r"|randomly-seed|override-ini|assert|config-file|asyncio-mode|hypothesis-profile|hypothesis-seed|ds"
    r"|splits|group|retries|retry-delay)"
)
_INI = ("pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")
_OTHER_NAMES = ("python_functions", "python_classes")


def pytest_words(
    arguments: Sequence[str], tests: Sequence[Impacted], read: Callable[[str], str | None]
) -> tuple[list[str], tuple[Impacted, ...]]:
    """The arguments with the places of tests for those that were there, and the tests that are left.

    Raises `Unclear`.
    """
    settings = _settings(read)
    kept: list[str] = []
    rest: list[str] = []
    places: list[str] = []
    without: list[str] = []
    for kind, text, value in sorted_out(arguments, _is_valued):
        if kind == "place":
            places.append(_plain(text))
        elif kind == "rest":
            raise Unclear(f"it is not clear what {text} is for")
        elif text == "--pyargs":
            raise Unclear("--pyargs names modules, not files")
        else:
            if text == "--ignore":
                without.append(_plain(value))
            kept += flat(kind, text, value, arguments)
    scopes = places or [_plain(one) for one in settings.get("testpaths", "").split()]
    names = settings.get("python_files", "").split() or ["test_*.py", "*_test.py"]
    left = tuple(
        one
        for one in tests
        if one.path.endswith(".py")
        and any(fnmatch(one.path.rpartition("/")[2], name) for name in names)
        and (not scopes or any(_below(one, scope) for scope in scopes))
        and not any(_below(one, scope) for scope in without)
    )
    whole = any(settings.get(name) for name in _OTHER_NAMES)
    return [*kept, *rest, *_places(left, whole=whole)], left


def _is_valued(name: str) -> bool | None:
    if _VALUED.fullmatch(name):
        return True
    # A short option may have its value in the same word: -n4, -k"name".
    return False if _FLAGS.fullmatch(name) or re.match(r"-[kmpcnoWr].", name) else None


def _plain(place: str) -> str:
    place = place.replace("\\", "/")
    while place.startswith("./"):
        place = place[2:]
    return place.rstrip("/") or "."


def _below(test: Impacted, scope: str) -> bool:
    path, _, name = scope.partition("::")
    if path not in (".", test.path) and not test.path.startswith(f"{path}/"):
        return False
    wanted = re.sub(r"\[.*", "", name).replace("::", ".")
    return not wanted or test.name == wanted or test.name.startswith(f"{wanted}.")


def _places(tests: Sequence[Impacted], *, whole: bool) -> list[str]:
    """Node ids, file by file; only the file where a runner may know its tests by other names."""
    by_path: defaultdict[str, list[str]] = defaultdict(list)
    for one in tests:
        by_path[one.path].append(one.name)
    found = []
    for path, names in by_path.items():
        if whole or "" in names:
            found.append(as_place(path))
        else:
            found += [f"{as_place(path)}::{name.replace('.', '::')}" for name in names]
    return found


def _settings(read: Callable[[str], str | None]) -> Mapping[str, str]:
    """What the first file that configures pytest says."""
    for name in _INI:
        text = read(name)
        if text is None:
            continue
        found = _of_toml(text) if name.endswith(".toml") else _of_ini(name, text)
        if found is not None:
            return found
    return {}


def _of_toml(text: str) -> Mapping[str, str] | None:
    try:
        tool = tomllib.loads(text).get("tool", {}).get("pytest", {})
    except tomllib.TOMLDecodeError:
        return None
    options = tool.get("ini_options", tool) if isinstance(tool, dict) else {}
    if not isinstance(options, dict) or not options:
        return None
    return {
        str(name): " ".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in options.items()
    }


def _of_ini(name: str, text: str) -> Mapping[str, str] | None:
    section = "tool:pytest" if name == "setup.cfg" else "pytest"
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return None
    return dict(parser[section]) if parser.has_section(section) else None
