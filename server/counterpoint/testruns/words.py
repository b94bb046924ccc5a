"""The arguments of a test runner: which are options, which are values of options, which name tests. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence


class Unclear(ValueError):
    """An argument whose meaning is not known, in words for the user."""


def sorted_out(
    arguments: Sequence[str], valued: Callable[[str], bool | None]
) -> Iterator[tuple[str, str, str]]:
    """Each argument as ("option", name, value), ("place", text, "") or ("rest", text, "") after `--`.

    `valued` says of an option whether its value is the next word; None if that is not known, which is
    `Unclear` where the next word could be one. An option's own text comes back in its name.
    """
    at = 0
    while at < len(arguments):
        word = arguments[at]
        at += 1
        if word in ("--", "-args", "--args"):
            for rest in arguments[at - 1 :]:
                yield "rest", rest, ""
            return
        if not word.startswith("-") or word == "-":
            yield "place", word, ""
            continue
        name, equals, value = word.partition("=")
        following = arguments[at] if at < len(arguments) and not arguments[at].startswith("-") else None
        takes = False if equals else valued(name)
        if takes is None and following is not None:
            raise Unclear(f"it is not clear what {following} is in {word} {following}")
        if takes and at < len(arguments):
            yield "option", word, arguments[at]
            at += 1
        else:
            yield "option", word if not equals else name, value if equals else ""


def as_place(path: str) -> str:
    """A file of the repository's as an argument. Whatever it is called, it is no option."""
    return f"./{path}" if path.startswith(("-", "@", "+")) else path


def flat(kind: str, text: str, value: str, written: Sequence[str]) -> tuple[str, ...]:
    """An argument as it was written."""
    if kind == "option" and value and f"{text}={value}" in written:
        return (f"{text}={value}",)
    return (text, value) if value else (text,)
