"""The arguments of `go test` for only some packages and functions. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from counterpoint.context.impact import Impacted
from counterpoint.testruns.words import Unclear, flat, sorted_out

_VALUED = re.compile(
    r"--?(?:count|timeout|tags|parallel|p|cpu|coverprofile|covermode|coverpkg|o|exec|ldflags|gcflags|vet"
    r"|shuffle|benchtime|mod|modfile|overlay|outputdir|fuzztime)"
)
_FLAGS = re.compile(
    r"--?(?:v|race|cover|short|failfast|json|x|a|n|i|work|trimpath|msan|asan|benchmem|c|fullpath)"
)
_OTHERWISE = re.compile(r"--?(?:run|skip|bench|fuzz|list|C)")


def go_words(
    arguments: Sequence[str], tests: Sequence[Impacted], read: Callable[[str], str | None]
) -> tuple[list[str], tuple[Impacted, ...]]:
    """The arguments with the packages for those that were there, and the tests that are left.

    Raises `Unclear`.
    """
    kept: list[str] = []
    rest: list[str] = []
    places: list[str] = []
    for kind, text, value in sorted_out(arguments, _is_valued):
        if _OTHERWISE.fullmatch(text):
            raise Unclear(f"{text} chooses already what is run")
        if kind == "place":
            places.append(text)
        else:
            (rest if kind == "rest" else kept).extend(flat(kind, text, value, arguments))
    for place in places:
        if place != "." and not place.startswith("./"):
            raise Unclear(f"{place} is no folder of the workspace")
    left = tuple(
        one
        for one in tests
        if one.path.endswith("_test.go")
        and one.name
        and any(_within(one.path, place) for place in places or ["."])
        and not _of_another_module(one.path, read)
    )
    names = "|".join(sorted({re.escape(one.name) for one in left}))
    folders = dict.fromkeys(f"./{one.path.rpartition('/')[0]}".rstrip("/") for one in left)
    return [*kept, "-run", f"^({names})$", *folders, *rest], left


def _is_valued(name: str) -> bool | None:
    if _VALUED.fullmatch(name) or _OTHERWISE.fullmatch(name):
        return True
    return False if _FLAGS.fullmatch(name) else None


def _within(path: str, place: str) -> bool:
    folder = path.rpartition("/")[0]
    wanted = place.removeprefix(".").strip("/")
    if wanted == "...":
        return True
    if wanted.endswith("/..."):
        above = wanted.removesuffix("/...")
        return folder == above or folder.startswith(f"{above}/")
    return folder == wanted


def _of_another_module(path: str, read: Callable[[str], str | None]) -> bool:
    """True for a folder below one with a `go.mod` of its own, which the command does not reach."""
    folder = path.rpartition("/")[0]
    while folder:
        if read(f"{folder}/go.mod") is not None:
            return True
        folder = folder.rpartition("/")[0]
    return False
