"""`counterpoint context --adapter`: the product's own selection behind a small protocol, for measuring it.

One JSON object a line on stdin, one on stdout, with the same `id`:

    {"op": "open", "repo": DIR, "langs": [...], "git_dir"?, "rev"?}
        -> {"ok": true, "files", "elapsed_ms"}
    {"op": "query", "task": "completion" | "callers" | "review" | "locate", "repo", "file", "line" (1-based),
     "column" (0-based), "budget_tokens", "text", "symbol"?, "hunks"?, "diff"?}
        -> {"items": [{"path", "start_line", "end_line", "text", "why"}], "elapsed_ms"}

A call site also says `certain`. What cannot be answered gives {"error"}. There is no other way of choosing
than the one that editors get: same index, same selection, same defaults.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Literal

from counterpoint.context.extract import extract
from counterpoint.context.parsing import Parsed, encoded, has_grammar, parse
from counterpoint.context.question import Question, Selection
from counterpoint.context.select import select
from counterpoint.context.symbols import Held, Over, Symbols
from counterpoint.errors import UsageError
from counterpoint.history import co_changes
from counterpoint.index.indexer import Indexer
from counterpoint.project import Project
from counterpoint.text import language_of, split_lines

Sites = Literal["all", "certain"]
_OPEN = 64
"""Buffers kept at a time."""


class Opened:
    """One repository, its index up to date. Close it."""

    def __init__(self, message: Mapping[str, Any]) -> None:
        project = Project(Path(message["repo"]))
        self.git = (Path(message["git_dir"]), str(message["rev"])) if message.get("git_dir") else None
        self._indexer = Indexer(project)
        self._indexer.open()
        self._indexer.sweep()
        self._indexer.run()
        self.symbols: Symbols = self._indexer.symbols
        self._buffers: dict[str, tuple[str, Parsed, Symbols]] = {}

    def close(self) -> None:
        """End the index's workers and close its file."""
        self._indexer.close()

    def query(self, message: Mapping[str, Any]) -> Selection:
        """Raises KeyError for a task that selects nothing."""
        path, text = str(message.get("file", "")), str(message.get("text", ""))
        task = str(message["task"])
        about = task == "locate"
        question = Question(
            task=task,
            path=path,
            language=language_of(path) if path else "plaintext",
            text="" if about else text,
            line=max(0, int(message.get("line", 1)) - 1),
            column=int(message.get("column", 0)),
            budget_tokens=int(message.get("budget_tokens", 2000)),
            symbol=str(message.get("symbol", "")),
            hunks=tuple((int(first) - 1, int(last) - 1) for first, last in message.get("hunks", ())),
            diff=str(message.get("diff", "")),
            query=text if about else "",
            history=self._history(task, path),
        )
        if about or not has_grammar(question.language):
            return select(question, self.symbols)
        if task == "completion" and self._as_indexed(question):
            return select(question, self.symbols)
        parsed, symbols = self._live(question)
        return select(question, symbols, parsed)

    def _history(self, task: str, path: str) -> Mapping[str, float]:
        if task != "review" or self.git is None:
            return {}
        return co_changes(self.git[0], path, rev=self.git[1])

    def _as_indexed(self, question: Question) -> bool:
        """Whether the buffer is its file, of which the index knows all that a completion asks: as in an
        editor, which lays only those documents over the workspace that differ from their files."""
        lines = self.symbols.lines(question.path)
        return lines is not None and "\n".join(lines) == question.text.replace("\r\n", "\n").removesuffix(
            "\n"
        )

    def _live(self, question: Question) -> tuple[Parsed, Symbols]:
        """The buffer's tree, and the workspace with the buffer laid over its file: kept while its text stays
        the same, as for the open documents of an editor."""
        kept = self._buffers.pop(question.path, None)
        if kept is None or kept[0] != question.text:
            parsed = parse(question.language, encoded(question.text))
            lines = [line.rstrip("\r\n") for line in split_lines(question.text)]
            held = Held([(extract(question.path, parsed), lines)])
            kept = (question.text, parsed, Over(held, self.symbols))
        self._buffers[question.path] = kept
        while len(self._buffers) > _OPEN:
            del self._buffers[next(iter(self._buffers))]
        return kept[1], kept[2]


def answered(selection: Selection, task: str, sites: Sites) -> list[dict[str, Any]]:
    """A selection as the protocol's items."""
    if task == "callers":
        chosen = [site for site in selection.sites if site.certain or sites == "all"]
        texts = {(one.path, one.first_line): one.text for one in selection.snippets}
        return [
            {
                "path": site.path,
                "start_line": site.line + 1,
                "end_line": site.line + 1,
                "text": texts.get((site.path, site.line + 1), ""),
                "why": site.why,
                "certain": site.certain,
            }
            for site in chosen
        ]
    return [
        {
            "path": one.path,
            "start_line": one.first_line,
            "end_line": one.last_line,
            "text": one.text,
            "why": one.why,
        }
        for one in selection.snippets
    ]


def serve(source: IO[str], sink: IO[str], sites: Sites) -> int:
    """Answer until the source ends."""
    opened: Opened | None = None
    for row in source:
        if not row.strip():
            continue
        started = time.perf_counter()
        reply: dict[str, Any]
        number = None
        try:
            message = json.loads(row)
            number = message.get("id")
            if message["op"] == "open":
                if opened is not None:
                    opened.close()
                opened = Opened(message)
                reply = {"ok": True, "files": len(opened.symbols.paths())}
            elif opened is None:
                raise UsageError("Nothing is open.", fix='Send {"op": "open"} first.')
            else:
                task = str(message["task"])
                reply = {"items": answered(opened.query(message), task, sites)}
        except (UsageError, KeyError, ValueError, TypeError, OSError) as error:
            reply = {"error": f"{type(error).__name__}: {error}"}
        reply["id"] = number
        reply["elapsed_ms"] = round((time.perf_counter() - started) * 1000, 3)
        sink.write(json.dumps(reply) + "\n")
        sink.flush()
    if opened is not None:
        opened.close()
    return 0


def main(sites: Sites) -> int:
    """The protocol on stdin and stdout."""
    return serve(sys.stdin, sys.stdout, sites)
