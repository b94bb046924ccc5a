"""Which fences of a reply are the change, and which only talk about it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from counterpoint.changes.drift import kept_indent, unnumbered
from counterpoint.changes.elided import elision
from counterpoint.changes.paths import is_named_like_a_file, path_in_comment
from counterpoint.changes.snippets import is_whole, piece, stands
from counterpoint.changes.values import Fence, Hunk, Move, Operation, Patch, Refused, Swap, Whole, head_of
from counterpoint.text import Document

_SHELL = frozenset(
    (
        "sh",
        "bash",
        "shell",
        "zsh",
        "fish",
        "console",
        "terminal",
        "powershell",
        "ps1",
        "cmd",
        "bat",
        "shellsession",
    )
)
_TALK = frozenset(("text", "txt", "plaintext", "output", "log", "stdout", "traceback", "pytb", "mermaid"))
_REMOVES = re.compile(
    r"^\s*(?:\$ |> )?(?:sudo )?(?:git (?:rm|mv)|rm|mv|del|move|ren)\s+(?:-\S+\s+)*(?P<path>[^\s;&|]+)", re.M
)
_MAKES = re.compile(r"\b(?:new|creates?|adds?)\b", re.IGNORECASE)
_FIND = re.compile(
    r"\b(?:replace|find|search for|change|locate|swap)\b[^:]*:?\s*$|"
    r"^\W*(?:before|old|original|from|current)\b[^.]{0,30}:?\W*$",
    re.IGNORECASE,
)
_WITH = re.compile(
    r"^\W*(?:and )?(?:replaced? (?:(?:it|this|that|them) )?)?"
    r"(?:with|by|to|into|becomes?|after|new|updated|replacement)\b[^.]{0,40}:?\W*$",
    re.IGNORECASE,
)
_QUOTES = str.maketrans("“”„‘’‚", "\"\"\"'''")
Read = Callable[[str], Document | None]


def chosen(fences: Sequence[Fence], operations: Sequence[Operation], own: str, read: Read) -> list[Operation]:
    """The operations that the fences of a reply come to. Raises Refused: `partial`, `elided`, `mixed`, ..."""
    others = bool(operations) or any(fence.headed for fence in fences)
    left = [fence for fence in fences if not _is_talk(fence, others, own, read)]
    pairs, left = _pairs(left, own)
    by_path: dict[str, list[Fence]] = {}
    for fence in left:
        by_path.setdefault(fence.path or own, []).append(fence)
    found: list[Operation] = list(pairs)
    swapped = {one.path for one in (*pairs, *operations) if not isinstance(one, Move)}
    for path, group in by_path.items():
        document = read(path)
        found += _of_file(path, document, group, path in swapped, others)
    return found


def _is_talk(fence: Fence, others: bool, own: str, read: Read) -> bool:
    language = re.split(r"[\s:{,]", fence.info.strip(), maxsplit=1)[0].lower()
    if fence.headed and not (
        language in _SHELL and not fence.path.endswith((".sh", ".bash", ".zsh", ".ps1", ".bat"))
    ):
        return False
    if language in _SHELL:
        gone = [hit["path"] for hit in _REMOVES.finditer(fence.text)]
        if any(read(path.strip("'\"").removeprefix("./")) for path in gone):
            raise Refused("unsupported", f"a command: {head_of(fence.text)}")
        target = read(fence.path or own)
        return target is None or target.language not in ("shellscript", "powershell", "bat")
    target = read(fence.path or own)
    return language in _TALK and (others or target is None or target.language != "plaintext")


def _pairs(fences: Sequence[Fence], own: str) -> tuple[list[Swap], list[Fence]]:
    """Two fences, what to replace and what by, as the prose above them says."""
    found: list[Swap] = []
    left: list[Fence] = []
    at = 0
    while at < len(fences):
        one, two = fences[at], fences[at + 1] if at + 1 < len(fences) else None
        if two is not None and _FIND.search(one.intro) and _WITH.search(two.intro):
            found.append(Swap(one.path or two.path or own, one.text, two.text))
            at += 2
        else:
            left.append(one)
            at += 1
    return found, left


def _of_file(
    path: str, document: Document | None, group: Sequence[Fence], changed: bool, others: bool
) -> list[Operation]:
    headed = [fence for fence in group if fence.headed]
    if changed:
        if headed and not (document and all(stands(document.text, fence.text) for fence in headed)):
            raise Refused("mixed", f"{path}: edits, and code for the same file")
        return []
    if document is None or not document.text.strip("\ufeff \t\r\n"):
        return _new(path, document, headed, group)
    fresh = [fence for fence in group if fence.headed or not stands(document.text, fence.text)] or group
    texts = [_text(document, fence) for fence in fresh]
    for text in texts:
        if line := elision(text, document.text, path):
            raise Refused("elided", f"{path}: {head_of(line)}")
    rows = list(zip(fresh, texts, strict=True))
    wholes = [text for fence, text in rows if fence.explicit or is_whole(document, text, fence.headed)]
    if wholes:
        return _one_whole(document, rows, wholes)
    if others and not any(fence.path for fence in group):
        return []
    return [Patch(path, _pieces(document, texts))]


def _pieces(document: Document, texts: Sequence[str]) -> tuple[Hunk, ...]:
    """Hunks for pieces of a file that have one place in it each. Raises Refused: `partial`, `no-change`."""
    hunks: list[Hunk] = []
    for text in texts:
        placed = piece(document, text)
        if placed is None:
            raise Refused("partial", f"{document.path}: {head_of(text)}")
        hunks += [hunk for hunk in placed if any(line.sign != " " for line in hunk.lines)]
    if not hunks:
        raise Refused("no-change", f"{document.path}: {head_of(texts[0])}")
    return tuple(hunks)


def _one_whole(
    document: Document, rows: Sequence[tuple[Fence, str]], wholes: Sequence[str]
) -> list[Operation]:
    if len({text for fence, text in rows if fence.headed or text in wholes}) > 1:
        raise Refused("ambiguous", f"{document.path}: more than one text for the whole file")
    return [Whole(document.path, wholes[0])]


def _new(
    path: str, document: Document | None, headed: Sequence[Fence], group: Sequence[Fence]
) -> list[Operation]:
    wanted = list(headed) or (list(group) if document is not None else [])
    if not wanted:
        raise Refused("none", f"{path}: code for no file")
    if len({fence.text for fence in wanted}) > 1:
        raise Refused("ambiguous", f"{path}: more than one text for a new file")
    fence = wanted[0]
    if document is None and not (fence.explicit or is_named_like_a_file(path)):
        raise Refused("no-path", path)
    lines = fence.text.split("\n")
    labelled = path_in_comment(lines[0]) == path
    text = "\n".join(lines[1:]) if labelled else fence.text
    return [Whole(path, text.removeprefix("\n") if labelled else text)]


def _text(document: Document, fence: Fence) -> str:
    """What is in the fence: without line numbers and a line that names the file, with its tabs."""
    text = unnumbered(fence.text)
    first, _, rest = text.partition("\n")
    own = document.line(0).removeprefix("\ufeff").strip()
    if first.strip() != own and named(first, document.path):
        text = rest.removeprefix("\n") if not document.text.startswith(("\n", "\r\n")) else rest
    if "&lt;" in text and "&lt;" not in document.text and not re.search(r"[<>]", text):
        text = html.unescape(text)
    _whether_typographic(document, text)
    return kept_indent(document.text, text)


def _whether_typographic(document: Document, text: str) -> None:
    """Raises Refused `malformed` where a line is the file's but for quotes made typographic."""
    had = {line.strip() for line in document.text.splitlines()}
    for line in text.splitlines():
        plain = line.strip().translate(_QUOTES)
        if plain != line.strip() and line.strip() not in had and plain in had:
            raise Refused("malformed", f"{document.path}: typographic quotes: {head_of(line)}")


def named(line: str, path: str) -> bool:
    """True if a line is a comment that holds nothing but the file's path, or its end."""
    found = path_in_comment(line)
    return bool(found) and (found == path or path.endswith(f"/{found}"))


def labelled(fences: Iterable[Fence], own: str, read: Read) -> list[Fence]:
    """Fences with the path that their first line names, where nothing else does. A name in a sentence that is
    no file's may be anything: `math.pi`."""
    found = []
    for fence in fences:
        makes = _MAKES.search(fence.intro) is not None
        there = read(fence.path) is not None
        if fence.soft and not (there or makes or "/" in fence.path):
            fence = replace(fence, path="", headed=False)
        elif fence.path and not there and not makes and own.endswith(f"/{fence.path}"):
            fence = replace(fence, path=own)
        first = fence.text.partition("\n")[0]
        path = "" if fence.headed else path_in_comment(first)
        if path and named(first, own):
            path = own
        if path and (read(path) is not None or "/" in path):
            fence = replace(fence, path=path, headed=True)
        found.append(fence)
    return found
