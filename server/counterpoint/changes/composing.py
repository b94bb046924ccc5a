"""Operations on one file become one change of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from counterpoint.answers import Dropped, FileChange
from counterpoint.changes import blocks
from counterpoint.changes.elided import elision
from counterpoint.changes.ends import difference, unmarked, whole_text
from counterpoint.changes.placing import Placed, place_hunk
from counterpoint.changes.quoting import place_swap
from counterpoint.changes.values import Operation, Patch, Refused, Swap, Whole, head_of
from counterpoint.text import Document, Edit, Files, Span, apply


def created(path: str, group: Sequence[Operation], files: Files) -> FileChange:
    """A file that is new. Raises Refused: `absent` for edits of it, `exists`, `elided`, `mixed`."""
    if any(one == path or one.startswith(f"{path}/") or path.startswith(f"{one}/") for one in files.paths()):
        raise Refused("exists", f"{path}: there is a file or folder of this name")
    quoted = [one for one in group if isinstance(one, Swap) and one.old.strip()]
    if quoted:
        raise Refused("absent", f"{path}: {head_of(quoted[0].old)}")
    if len(group) != 1:
        raise Refused("mixed", f"{path}: created more than once")
    operation = group[0]
    if isinstance(operation, Patch):
        if operation.kind == "edit" and not _is_new(operation):
            raise Refused("absent", f"{path}: no such file")
        text = _added(operation)
    else:
        text = _whole_of(operation)
        if isinstance(operation, Whole):
            _whether_marked(path, "", text)
    _whether_elided(path, "", text)
    reason = operation.reason if isinstance(operation, Swap) else ""
    extra = operation.extra if isinstance(operation, Swap) else False
    return FileChange(path, None, (Edit(Span(0, 0), text),), None, (reason,), (extra,))


def _is_new(patch: Patch) -> bool:
    """True for a hunk from nothing, whatever the header calls the file before."""
    return len(patch.hunks) == 1 and patch.hunks[0].old_start == 0


def _whole_of(operation: Operation) -> str:
    text = (
        operation.new
        if isinstance(operation, Swap)
        else operation.text
        if isinstance(operation, Whole)
        else ""
    )
    return unmarked(text)[0]


def _added(patch: Patch) -> str:
    """The lines of a file that a patch creates. Raises Refused `malformed` if it has others."""
    lines = [line for hunk in patch.hunks for line in hunk.lines]
    if any(line.sign != "+" for line in lines):
        raise Refused("malformed", f"{patch.path}: a new file with old lines")
    text = "".join(f"{line.text}\n" for line in lines)
    return text.removesuffix("\n") if lines and lines[-1].bare else text


def copied(
    path: str, operation: Operation, read: Callable[[str], Document | None], files: Files
) -> FileChange:
    """A file that begins as another. Raises Refused: `absent`, `exists` and what hunks are refused for."""
    assert isinstance(operation, Patch)
    source = read(operation.source)
    if source is None:
        raise Refused("absent", f"{operation.source}: no such file")
    if read(path) is not None or path in files.paths():
        raise Refused("exists", f"{path}: copied from {operation.source}")
    text = apply(source.text, [edit for hunk in operation.hunks for edit in place_hunk(source, hunk).edits])
    return FileChange(path, None, (Edit(Span(0, 0), text),), None, ("",), (False,))


def removed(document: Document, operation: Operation) -> FileChange:
    """A file that goes. Raises Refused `absent` if the lines that are said to go are not all of it."""
    if isinstance(operation, Patch) and operation.hunks:
        gone = "\n".join(line.text.removesuffix("\r") for hunk in operation.hunks for line in hunk.lines)
        had = document.text.replace("\r\n", "\n").removesuffix("\n")
        if gone != had or any(line.sign != "-" for hunk in operation.hunks for line in hunk.lines):
            raise Refused("absent", f"{document.path}: deleted with other lines than it has")
    return FileChange(document.path, document.text, (), document.version, deleted=True)


def edited(document: Document, group: Sequence[Operation], target: str, dropped: list[Dropped]) -> FileChange:
    """A file that changes, or moves to `target`, or both. What changes nothing is told in `dropped`.

    Raises Refused for the first operation that has no place, after all of them were looked at.
    """
    placed: list[Placed] = []
    errors: list[Refused] = []
    for operation in group:
        try:
            placed += _placed(document, operation)
        except Refused as error:
            (dropped.append(error.dropped) if error.dropped.reason == "no-change" else errors.append(error))
    if errors:
        dropped += [error.dropped for error in errors[:-1]]
        raise errors[-1]
    _whether_apart(document, placed)
    rows = sorted(((edit, one) for one in placed for edit in one.edits), key=lambda row: row[0].span)
    edits = tuple(edit for edit, _ in rows)
    after = apply(document.text, edits)
    _whether_elided(document.path, document.text, after)
    if after == document.text and not target:
        if not any(one.detail.startswith(document.path) for one in dropped):
            dropped.append(Dropped("no-change", document.path))
        edits = ()
    told = (
        tuple(one.reason for _, one in rows) if edits else (),
        tuple(one.extra for _, one in rows) if edits else (),
    )
    return FileChange(document.path, document.text, edits, document.version, *told, moved_to=target)


def _placed(document: Document, operation: Operation) -> list[Placed]:
    if isinstance(operation, Swap):
        _whether_elided(document.path, operation.old, operation.new)
        return [place_swap(document, operation)]
    if isinstance(operation, Patch):
        return [place_hunk(document, hunk) for hunk in operation.hunks]
    if isinstance(operation, Whole):
        _whether_elided(document.path, document.text, operation.text)
        _whether_marked(document.path, document.text, operation.text)
        after = whole_text(document.text, operation.text)
        return [Placed(Span(0, len(document.text)), difference(document.text, after))]
    return []


def _whether_apart(document: Document, placed: Sequence[Placed]) -> None:
    """Raises Refused `overlap` where one changes what another quotes, or both add text at one place."""
    for number, one in enumerate(placed):
        for edit in one.edits:
            for other in (*placed[:number], *placed[number + 1 :]):
                if _meet(edit.span, other):
                    start = edit.span.start
                    line = document.line(document.position(start).line)
                    raise Refused("overlap", f"{document.path}: {head_of(line)}")


def _meet(span: Span, other: Placed) -> bool:
    if span.overlaps(other.quoted):
        return True
    return any(span.start == edit.span.start and span.end == edit.span.end for edit in other.edits)


def _whether_elided(path: str, before: str, after: str) -> None:
    if line := elision(after, before, path):
        raise Refused("elided", f"{path}: {head_of(line)}")


def _whether_marked(path: str, before: str, after: str) -> None:
    """Raises Refused `malformed` where marks of another form stand in a text whose file has none."""
    had = set(before.splitlines())
    for line in after.splitlines():
        mark = blocks.stray(line) or (blocks.opens(line) and len(line.strip()) > 7)
        if mark and line not in had:
            raise Refused("malformed", f"{path}: {head_of(line)}")
