"""Machine-written text written down and found again in files as they are now. All of it runs in threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from counterpoint.machine_store import MachineStore
from counterpoint.reviewing.machine.marks import Passage, find, passages_of, stands_in
from counterpoint.reviewing.machine.span import MachineSpan, Run
from counterpoint.reviewing.machine.units import spans_of
from counterpoint.text import Document

Read = Callable[[str], Document | None]


def nothing(path: str) -> Document | None:
    """Where no file can be read."""
    return None


def remember(store: MachineStore, root: str, document: Document, runs: Sequence[Run]) -> None:
    """Write down what of a document is machine-written now. Call it in a thread. Raises ConfigError."""
    had = [one for one in store.passages(root) if one.path == document.path]
    if not had and not runs:
        return
    now = passages_of(document.path, document.text, runs, store.key)
    store.keep(root, document.path, now, _gone(had, now))


def found_in(
    store: MachineStore, root: str, documents: Sequence[Document], read: Read = nothing
) -> dict[str, tuple[Run, ...]]:
    """By path the machine-written runs of documents, as far as the store knows; `read` gives other files, to
    tell text that was moved from text that is only alike. Call it in a thread. Raises ConfigError."""
    passages = store.passages(root)
    if not passages:
        return {one.path: () for one in documents}
    key, given = store.key, {one.path: one for one in documents}

    def stands(passage: Passage) -> bool:
        home = given.get(passage.path) or read(passage.path)
        return home is not None and stands_in(home.text, passage, key)

    return {one.path: find(one.path, one.text, passages, key, stands) for one in documents}


def written_in(
    store: MachineStore, root: str, documents: Sequence[Document], read: Read = nothing
) -> dict[str, tuple[MachineSpan, ...]]:
    """As `found_in`, as spans; of documents that have any. Call it in a thread. Raises ConfigError."""
    found = found_in(store, root, documents, read)
    if not any(found.values()):
        return {}
    key, reviewed = store.key, store.reviewed(root)
    return {one.path: spans_of(one, runs, reviewed, key) for one in documents if (runs := found[one.path])}


def _gone(had: Sequence[Passage], now: Sequence[Passage]) -> tuple[Passage, ...]:
    """Passages of which little is left: their text may come back, from another branch or a clipboard."""
    codes = frozenset(code for one in now for code in one.codes)
    return tuple(
        one for one in had if 2 * sum(code in codes for code in one.codes) < len(one) and one not in now
    )
