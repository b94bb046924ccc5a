"""The scenes of the demo: each asks the running server for one thing, as an editor would, and shows it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from counterpoint.cli import costs_text, render
from counterpoint.cli.demo_client import Editor
from counterpoint.cli.demo_files import Place
from counterpoint.cli.demo_lsp import applied, finding_of, range_at
from counterpoint.cli.terminal import Line, line, show
from counterpoint.diffs import unified
from counterpoint.ledger import Call, Ledger
from counterpoint.text import Document, Position

MOST_FRAMES = 6


def heading(text: str, note: str = "") -> None:
    """A title between the scenes."""
    show([line(), line((f"== {text}", "bold cyan"), (f" - {note}" if note else "", "dim"))])


def say(text: str, style: str = "") -> None:
    show([line((text, style))])


@dataclass(frozen=True, slots=True)
class Opened:
    """A file as the editor holds it, with what the server said about it."""

    document: Document
    diagnostics: tuple[dict[str, Any], ...]


async def findings(editor: Editor, paths: list[str], *, most: int = MOST_FRAMES) -> list[Opened]:
    """Open the files and show the first findings as code frames; returns the files that have any."""
    documents = [
        editor.open(path, await asyncio.to_thread((editor.root / path).read_text, "utf-8", "replace"))
        for path in paths
    ]
    answers = await asyncio.gather(*(editor.diagnostics(document.path) for document in documents))
    found = [Opened(one, tuple(rows)) for one, rows in zip(documents, answers, strict=True) if rows]
    frames: list[Line] = []
    for opened, row in [(one, row) for one in found for row in one.diagnostics][:most]:
        frames += render.frame(finding_of(row, opened.document), opened.document, opened.document.path)
    show(frames)
    total = sum(len(one.diagnostics) for one in found)
    say(f"{_count(total)} in {len(found)} of {len(paths)} files; no model was asked.", "bold")
    return found


async def quick_fix(editor: Editor, found: list[Opened]) -> bool:
    """Take the first fix on offer and show it as a diff; False if there is none."""
    for opened in found:
        for row in opened.diagnostics:
            for action in await _actions(editor, opened.document, row["range"], [row], only=["quickfix"]):
                if not action.get("isPreferred"):
                    continue
                whole = action if action.get("edit") else await editor.request("codeAction/resolve", action)
                say(f"{action['title']}: {opened.document.path}", "bold")
                _show_edit(editor, whole.get("edit") or {}, {opened.document.path: opened.document})
                return True
    return False


async def menu(editor: Editor, document: Document) -> list[dict[str, Any]]:
    """The menu of an editor on a line of the file, as it is shown there."""
    actions = await _actions(editor, document, range_at(Position(0, 0)), [], only=None)
    for action in actions:
        disabled = action.get("disabled")
        why = f"  (not now: {disabled['reason']})" if disabled else ""
        show([line("  > ", (action["title"], "dim" if disabled else "bold"), (why, "dim"))])
    return actions


async def _actions(
    editor: Editor, document: Document, range_: Any, rows: list[Any], only: list[str] | None
) -> list[dict[str, Any]]:
    context: dict[str, Any] = {"diagnostics": rows, "triggerKind": 1}
    if only is not None:
        context["only"] = only
    params = {"textDocument": {"uri": editor.uri(document.path)}, "range": range_, "context": context}
    found = await editor.request("textDocument/codeAction", params)
    return list(found or [])


async def completion(editor: Editor, place: Place, ledger: Path) -> str:
    """Ask for ghost text, as after a key, and show it in place with the times it took; returns the text."""
    document, at = place.document, place.at
    started, since = time.monotonic(), time.time()
    found = await editor.request(
        "textDocument/inlineCompletion",
        {
            "textDocument": {"uri": editor.uri(document.path)},
            "position": {"line": at.line, "character": at.column},
            "context": {"triggerKind": 2},
        },
    )
    total = time.monotonic() - started
    items = found["items"] if isinstance(found, dict) else found or []
    text = str(items[0]["insertText"]) if items else ""
    if not text.strip():
        say("The model had nothing to add here (or not in time on this machine).", "dim")
    else:
        _show_ghost(document, at, text)
    calls = await asyncio.to_thread(_calls_since, ledger, since)
    if calls:
        show([split(calls[-1], total)])
    elif text.strip():
        say(f"  {render.duration(total)} in all: the answer before still fits, so no model was asked", "bold")
    return text


def _calls_since(file: Path, since: float) -> list[Call]:
    ledger = Ledger(file)
    try:
        return [call for call in ledger.calls(date.fromtimestamp(since)) if call.at >= since]
    finally:
        ledger.close()


def split(call: Call, total: float, debounce: float = 0.075) -> Line:
    """Where a completion's time went. The debounce is the setting's; the rest is measured."""
    first = call.first_token_seconds if call.first_token_seconds is not None else call.seconds
    ours = max(0.0, total - debounce - call.seconds)
    parts = [
        ("debounce", debounce),
        ("context and transport", ours),
        ("first token", first),
        ("rest of the answer", max(0.0, call.seconds - first)),
    ]
    pieces: list[str | tuple[str, str]] = [(f"  {render.duration(total)} in all", "bold"), " = "]
    for number, (name, seconds) in enumerate(parts):
        pieces += [" + " if number else "", (render.duration(seconds), "yellow"), f" {name}"]
    pieces.append((f"  [{call.model}]", "dim"))
    return line(*pieces)


def _show_ghost(document: Document, at: Position, text: str) -> None:
    rows = [line(("  | ", "dim"), document.line(n)) for n in range(max(0, at.line - 4), at.line)]
    first, *rest = text.removesuffix("\n").split("\n")
    before, after = document.line(at.line)[: at.column], document.line(at.line)[at.column :]
    rows.append(line(("  | ", "dim"), before, (first, "italic green"), after if not rest else ""))
    rows += [line(("  | ", "dim"), (row, "italic green")) for row in rest]
    show(rows)


async def sent(editor: Editor, place: Place) -> None:
    """Exactly what a completion would send, shortened for the screen."""
    position = {"line": place.at.line, "character": place.at.column}
    argument = {"uri": editor.uri(place.document.path), "position": position}
    shown = await editor.command("showContext", argument)
    say(
        f"To {shown['model']}: about {shown['inputTokens']} tokens, {shown['masked']} secrets masked.", "bold"
    )
    rows = "".join(shown["parts"]).splitlines()
    cut = [*rows[:5], f"... {len(rows) - 10} lines ...", *rows[-5:]] if len(rows) > 12 else rows
    show([line(("  | ", "dim"), (row, "")) for row in cut])


async def review(editor: Editor, path: str, passes: list[str]) -> Document:
    """Run the command behind the menu's entry and show what it publishes."""
    text = await asyncio.to_thread((editor.root / path).read_text, "utf-8")
    document = editor.open(path, text)
    started = time.monotonic()
    result = await editor.command("review", {"uri": editor.uri(path), "scope": "file", "passes": passes})
    rows = await editor.diagnostics(path)
    for row in rows:
        show(render.frame(finding_of(row, document), document, path)[:-1])
        for one in row.get("relatedInformation") or []:
            where = f"{editor.path(one['location']['uri'])}:{one['location']['range']['start']['line'] + 1}"
            show([line("    evidence ", (where, "blue"), f"  {one['message']}")])
        show([line()])
    for drop in result["dropped"]:
        say(f"dropped ({drop['reason']}): {drop['detail']}", "dim")
    for error in result["errors"]:
        say(f"failed: {error['message']} {error['fix']}", "red")
    say(f"{_count(len(rows))} in {render.duration(time.monotonic() - started)}.", "bold")
    return document


async def edit(editor: Editor, document: Document, lines: tuple[int, int], instruction: str) -> None:
    """Have a model change some lines, and show the edit it has the editor apply."""
    say(f"{document.path}:{lines[0]}-{lines[1]}  {instruction!r}", "bold")
    editor.edits.clear()
    await editor.command(
        "edit",
        {
            "uri": editor.uri(document.path),
            "range": {
                "start": {"line": lines[0] - 1, "character": 0},
                "end": {"line": lines[1], "character": 0},
            },
            "version": document.version,
            "instruction": instruction,
        },
    )
    for change in editor.edits:
        _show_edit(editor, change, {document.path: document})


def _show_edit(editor: Editor, change: Mapping[str, Any], open_: Mapping[str, Document]) -> None:
    for path, after in applied(editor, change, open_).items():
        before = open_[path].text if path in open_ else None
        show(render.diff(unified(path, before, after)))


def money(file: Path) -> None:
    """The ledger, as `counterpoint costs` shows it."""
    ledger = Ledger(file)
    try:
        today = date.today()
        show(costs_text.lines(today, ledger.totals(today), ledger.spent_today(), 5.0))
    finally:
        ledger.close()


def _count(findings: int) -> str:
    return f"{findings} finding{'' if findings == 1 else 's'}"
