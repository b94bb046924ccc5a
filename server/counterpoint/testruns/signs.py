"""What in a failure speaks for each reason why tests fail. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from counterpoint.testruns.sign_words import (
    ABSENT,
    ASSERTION,
    CALLED,
    CHANCE,
    CHANCE_KINDS,
    CLOCK,
    COMPARED,
    DATA,
    FIXTURE,
    GO_ABSENT,
    HOOK,
    HOOKS,
    LACKING_KINDS,
    LACKS,
    LUCK,
    NAMES,
    NO_GO,
    NO_MODULE,
    NO_PACKAGE,
    PLUGINS,
    SHOWN,
    STARTED,
    UNDEFINED,
)
from counterpoint.testruns.values import Failure


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known around failures: the files there are, what was changed, and how to read a file."""

    paths: frozenset[str]
    changed: tuple[str, ...]
    read: Callable[[str], str | None]

    # -- what the machine lacks

    def lacks_module(self, one: Failure) -> bool:
        """A package that is not installed: one of which the workspace has and had no file."""
        for said in _parts(one):
            if found := NO_MODULE.search(said):
                return _raised(one, "ModuleNotFoundError", "ImportError") and not self._own(
                    found["py"].partition(".")[0]
                )
            if found := NO_PACKAGE.search(said):
                name = next(each for each in found.groups() if each)
                return not ASSERTION.match(one.error) and not self._own_script(name)
            if found := NO_GO.search(said):
                return one.during == "collection" and not self._own_go(one, found["go"])
        return False

    def _own(self, top: str) -> bool:
        """True if a module's first part is the name of a file or folder here, or of one that was changed."""
        return any(top in _stems(path) for path in (*self.paths, *self.changed))

    def _own_go(self, one: Failure, package: str) -> bool:
        """True if a package is of the module that the failed one is of: that begins with the same path."""
        folder = one.path.rpartition("/")[0]
        module = one.test.removesuffix(f"/{folder}") if folder else one.test
        return package.startswith(f"{module}/")

    def _own_script(self, name: str) -> bool:
        if name.startswith((".", "/", "~/", "@/", "#", "src/", "file:")):
            return True
        top = name.split("/")[0]
        return any(top in path.split("/")[:2] for path in (*self.paths, *self.changed))

    def lacks_something(self, one: Failure) -> bool:
        """A service, a program, a right, room, a variable of the environment."""
        if ASSERTION.match(one.error):
            return False
        if (found := FIXTURE.search(one.message)) and found["name"] in PLUGINS:
            return True
        if LACKING_KINDS.search(one.error) or any(LACKS.search(said) for said in _parts(one)):
            return True
        return self._no_variable(one) or self._no_program(one) or self._outside(one)

    def _no_variable(self, one: Failure) -> bool:
        """A key that is not in the environment."""
        if one.error != "KeyError" or not one.frames:
            return False
        return one.frames[0].path in ("<frozen os>", "os.py") or one.frames[0].path.endswith("/os.py")

    def _no_program(self, one: Failure) -> bool:
        return one.error == "FileNotFoundError" and any(STARTED.search(frame.path) for frame in one.frames)

    def _outside(self, one: Failure) -> bool:
        """A file that is not there, of a place that is not of the workspace."""
        path = _absent(one)
        return path.startswith(("/proc/", "/sys/", "/dev/", "/etc/", "/var/", "/run/", "/opt/", "/usr/"))

    # -- what fails now and then

    def by_chance(self, one: Failure) -> bool:
        """A limit of time that was passed, or threads that got in each other's way."""
        if ASSERTION.match(one.error):
            return False
        said = any(CHANCE.search(part) for part in _parts(one))
        return said or bool(CHANCE_KINDS.search(one.error))

    def by_lot(self, one: Failure) -> bool:
        """A comparison of times measured, or of what was drawn by lot: one such failure tells nearly nothing,
        and the next one on the same machine little more."""
        if not ASSERTION.match(one.error) and one.error not in ("", "Failed"):
            return False
        shown = "\n".join(_code(one))
        return bool(LUCK.search(shown) or (CLOCK.search(shown) and COMPARED.search(shown)))

    # -- what is not found under its name

    def not_found_by_name(self, one: Failure) -> bool:
        """A module, or a name in one, that is not where it is looked for."""
        if ASSERTION.match(one.error):
            return False
        for said in _parts(one):
            if NO_MODULE.search(said) or NO_PACKAGE.search(said) or NAMES.search(said):
                return True
            if one.during == "collection" and NO_GO.search(said):
                return True
            if found := CALLED.search(said):
                return self._imported(one, (found["path"] or found["name"]))
            if found := UNDEFINED.search(said):
                return (found["py"] or found["js"]) in self.changed
        return False

    def _imported(self, one: Failure, name: str) -> bool:
        """True if what is no function is a name imported from elsewhere; by its look where none can tell."""
        first, _, rest = name.partition(".")
        text = self.read(one.path) if one.path else None
        if text is not None:
            word = re.escape(first)
            pattern = rf"\bimport\b[^;]*?\b{word}\b[^;]*?\bfrom\b|\b{word}\b[^=;]*=\s*require\("
            return re.search(pattern, text) is not None
        return not rest or first.startswith("__vi")

    # -- what tests need and do not get

    def lacks_fixture(self, one: Failure) -> bool:
        """Something failed that tests are given: a fixture, a hook, a file of test data."""
        if one.during in ("setup", "teardown") or FIXTURE.search(one.message):
            return True
        if any(HOOKS.match(frame.function) for frame in one.frames):
            return True
        path = _absent(one)
        return bool(path and DATA.search(path)) or self._in_hook(one)

    def _in_hook(self, one: Failure) -> bool:
        """True if the line that failed stands in a hook, as far as the lines around it are known."""
        if one.path.endswith((".py", ".go")) or not one.line:
            return False
        text = self.read(one.path)
        lines = dict(enumerate(text.split("\n"), 1)) if text is not None else _shown(one)
        if one.line not in lines:
            return False
        depth = _depth(lines[one.line])
        for number in range(one.line, 0, -1):
            line = lines.get(number)
            if line is None:
                return False
            if line.strip() and (_depth(line) < depth or number == one.line):
                depth = _depth(line)
                if HOOK.search(line):
                    return True
        return False


def _parts(one: Failure) -> list[str]:
    """What is said: the message, and causes that are told below it."""
    causes = re.findall(r"^\s*(?:\[cause\]|Caused by): (.+)$", one.text, re.MULTILINE)
    return [f"{one.error}: {one.message}" if one.error else one.message, *causes]


def _raised(one: Failure, *kinds: str) -> bool:
    return not one.error or one.error.rpartition(".")[2] in kinds


def _stems(path: str) -> frozenset[str]:
    """The names of a path's folders and of its file without ending."""
    return frozenset((*path.split("/")[:-1], path.rpartition("/")[2].partition(".")[0]))


def _absent(one: Failure) -> str:
    """The file that was not there."""
    if ASSERTION.match(one.error):
        return ""
    for said in _parts(one):
        if found := ABSENT.search(said):
            return found["py"] or found["js"] or ""
        if found := GO_ABSENT.search(said):
            return found["go"]
    return ""


def _code(one: Failure) -> list[str]:
    """The lines of code that the runner shows: those of pytest's page, of an excerpt, and Go's own words."""
    lines = one.text.split("\n")
    shown = [line for line in lines if re.match(r"(?:>|    )\s*\S", line) or SHOWN.match(line)]
    return shown or [one.message]


def _shown(one: Failure) -> dict[int, str]:
    """The lines of the file that an excerpt shows, by number."""
    return {
        int(found["number"]): found["code"] for line in one.text.split("\n") if (found := SHOWN.match(line))
    }


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())
