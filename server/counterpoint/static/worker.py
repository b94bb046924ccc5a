"""The worker process: reads documents as JSON lines from stdin, answers with findings on stdout.

It lives as long as its stdin is open, so it dies with its parent. Messages, `id` being the document's:

    in   {"rules": [yaml, ...]}                                      once, first
    out  {"errors": [message, ...]}
    in   {"id", "document": {path, language, text}, "disabled": []}
    out  {"id", "read": [path, ...]}                                 a file is needed: the first that exists
    in   {"id", "file": {path, language, text} | null}
    out  {"id", "findings": [...], "evidence": [...]}
      or {"id", "unsupported": true}  or  {"id", "error": type}
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import orjson

from counterpoint.errors import ConfigError
from counterpoint.static import syntax
from counterpoint.static.check import check
from counterpoint.static.rules import Rule, load_rules, read_rules
from counterpoint.text import Document


class _Superseded(Exception):
    """The parent gave the document up and sent another message instead of the file asked for."""

    def __init__(self, message: dict[str, Any]) -> None:
        super().__init__("superseded")
        self.message = message


@dataclass(frozen=True)
class _Pipe:
    """Both ends of the conversation."""

    source: BinaryIO
    sink: BinaryIO

    def receive(self) -> dict[str, Any] | None:
        line = self.source.readline()
        if not line:
            return None
        message: dict[str, Any] = orjson.loads(line)
        return message

    def send(self, message: dict[str, Any]) -> None:
        self.sink.write(orjson.dumps(message) + b"\n")
        self.sink.flush()

    def read(self, number: int, paths: Sequence[str]) -> Document | None:
        """The first of the files that the parent can read. Raises _Superseded."""
        self.send({"id": number, "read": list(paths)})
        message = self.receive()
        if message is None:
            raise EOFError
        if message.get("id") != number or "file" not in message:
            raise _Superseded(message)
        return _document(message["file"]) if message["file"] is not None else None


def _document(row: dict[str, str]) -> Document:
    return Document.of(row["path"], row["text"], row["language"])


def usable(texts: Sequence[str]) -> tuple[tuple[Rule, ...], list[str]]:
    """The shipped rules and those of the texts that ast-grep accepts; messages for the others."""
    rules = {rule.id: rule for rule in load_rules()}
    errors: list[str] = []
    for text in texts:
        try:
            added = read_rules(text)
        except ConfigError as error:
            errors.append(str(error))
            continue
        for rule in added:
            problem = f"Two static rules are called {rule.id!r}." if rule.id in rules else _problem(rule)
            if problem:
                errors.append(problem)
            else:
                rules[rule.id] = rule
    return tuple(rules.values()), errors


def _problem(rule: Rule) -> str:
    for language in rule.languages:
        try:
            syntax.search(syntax.parse("", language), rule.config)
        except Exception as error:  # noqa: BLE001 ast-grep raises plain Exception for a field it does not know
            said = str(error).split("\n\nStack backtrace")[0].splitlines()[-1].split(": ", 1)[-1]
            return f"Static rule {rule.id!r} cannot be used: {said.rstrip('.')}. Correct it."
    return ""


def serve(pipe: _Pipe) -> None:
    """Answer until the parent closes its end."""
    hello = pipe.receive()
    if hello is None:
        return
    rules, errors = usable(hello["rules"])
    pipe.send({"errors": errors})
    message = pipe.receive()
    while message is not None:
        try:
            message = _answer(pipe, message, rules)
        except _Superseded as other:
            message = other.message
            continue
        except EOFError:
            return
        message = message or pipe.receive()


def _answer(pipe: _Pipe, message: dict[str, Any], rules: tuple[Rule, ...]) -> dict[str, Any] | None:
    number: int = message["id"]
    if "document" not in message:
        return None  # a file that was asked for by a document given up since
    document = _document(message["document"])
    if syntax.language_name(document) is None:
        pipe.send({"id": number, "unsupported": True})
        return None
    chosen = [rule for rule in rules if rule.id not in message["disabled"]]
    try:
        checked = check(document, lambda paths: pipe.read(number, paths), chosen)
    except (_Superseded, EOFError):
        raise
    except Exception as error:  # noqa: BLE001 the edge of this process: one bad file must not cost a restart
        pipe.send({"id": number, "error": type(error).__name__})
        return None
    pipe.send({"id": number, "findings": checked.findings, "evidence": checked.evidence})
    return None


def main() -> None:
    """Take stdin and stdout for the conversation, so that nothing else can write into it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides, by closing its end
    pipe = _Pipe(sys.stdin.buffer, os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)
    faulthandler.disable()
    serve(pipe)


if __name__ == "__main__":
    main()
