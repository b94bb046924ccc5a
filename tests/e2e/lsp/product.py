"""The real server against the model server, as an editor would run it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from tests.e2e.lsp.raw import SERVE, Client, running
from tests.modelserver import ModelServer

ENCODED = {"general": {"positionEncodings": ["utf-16"]}}

FULL: dict[str, Any] = {
    "general": {"positionEncodings": ["utf-16"]},
    "window": {"workDoneProgress": True, "showMessage": {}},
    "workspace": {
        "applyEdit": True,
        "workspaceEdit": {
            "documentChanges": True,
            "resourceOperations": ["create", "rename", "delete"],
            "changeAnnotationSupport": {"groupsOnLabel": True},
        },
        "diagnostics": {"refreshSupport": True},
    },
    "textDocument": {
        "inlineCompletion": {},
        "diagnostic": {"relatedDocumentSupport": False},
        "publishDiagnostics": {"relatedInformation": True},
        "codeAction": {
            "codeActionLiteralSupport": {
                "codeActionKind": {"valueSet": ["", "quickfix", "refactor", "source"]}
            },
            "dataSupport": True,
            "disabledSupport": True,
            "isPreferredSupport": True,
            "resolveSupport": {"properties": ["edit", "command"]},
            "tagSupport": {"valueSet": [1]},
        },
    },
}
"""What VS Code's language client can do."""

PLAIN: dict[str, Any] = {
    "general": {"positionEncodings": ["utf-8", "utf-16", "utf-32"]},
    "workspace": {"applyEdit": True, "workspaceEdit": {}},
    "textDocument": {
        "publishDiagnostics": {},
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["", "quickfix", "refactor"]}},
            "dataSupport": True,
            "resolveSupport": {"properties": ["edit", "command"]},
        },
    },
}
"""Plain `changes`, pushed diagnostics, no annotations: about Neovim 0.11."""


class Editor(Client):
    """A client that knows the usual requests."""

    async def open(self, path: Path, language: str = "python") -> str:
        uri = path.as_uri()
        text = await asyncio.to_thread(lambda: path.read_bytes().decode())
        item = {"uri": uri, "languageId": language, "version": 1, "text": text}
        await self.notify("textDocument/didOpen", {"textDocument": item})
        return uri

    async def change(self, uri: str, version: int, text: str) -> None:
        params = {"textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": text}]}
        await self.notify("textDocument/didChange", params)

    async def heard(self) -> None:
        """Until the server has taken in all that was sent before this: it does so in order."""
        await self.error("test/nothing", {})

    async def inline(self, uri: str, line: int, character: int, trigger: int = 1) -> Any:
        params = {
            "textDocument": {"uri": uri},
            "position": {"line": line, "character": character},
            "context": {"triggerKind": trigger},
        }
        return (await self.request("textDocument/inlineCompletion", params))["items"]

    async def actions(self, uri: str, start: Any, end: Any, diagnostics: Any = (), only: Any = None) -> Any:
        context = {"diagnostics": [*diagnostics], **({"only": only} if only else {})}
        range_ = {"start": place(*start), "end": place(*end)}
        params = {"textDocument": {"uri": uri}, "range": range_, "context": context}
        return await self.request("textDocument/codeAction", params)

    async def pull(self, uri: str, previous: str | None = None) -> Any:
        params = {"textDocument": {"uri": uri}, **({"previousResultId": previous} if previous else {})}
        return await self.request("textDocument/diagnostic", params)


def place(line: int, character: int) -> dict[str, int]:
    return {"line": line, "character": character}


@contextlib.asynccontextmanager
async def editor(
    root: Path, models: ModelServer | None, capabilities: Any, *, options: Any = None, env: Any = None
) -> AsyncIterator[Editor]:
    """The server on a workspace. With `models`, both vendors' keys and addresses are in its environment."""
    keys = {}
    if models is not None:
        keys = {
            "OPENAI_API_KEY": models.openai_key,
            "ANTHROPIC_API_KEY": models.anthropic_key,
            "OPENAI_BASE_URL": models.openai_url,
            "ANTHROPIC_BASE_URL": models.anthropic_url,
        }
    settings = {"COUNTERPOINT__COMPLETION__EMBEDDED": "false", "COUNTERPOINT__COMPLETION__DEBOUNCE_MS": "10"}
    async with running(*SERVE, env={**settings, **keys, **(env or {})}, kind=Editor) as client:
        assert isinstance(client, Editor)
        client.answers["window/workDoneProgress/create"] = lambda params: None
        client.answers["workspace/applyEdit"] = lambda params: {"applied": True}
        client.answers["workspace/diagnostic/refresh"] = lambda params: None
        folder = {"uri": root.as_uri(), "name": "work"}
        await client.initialize(
            capabilities=capabilities, workspaceFolders=[folder], initializationOptions=options
        )
        yield client


def findings(*items: dict[str, Any]) -> str:
    """An answer to a review, as a model gives it."""
    plain = {
        "path": "shop.py", "line": 1, "severity": "P1", "confidence": 0.9, "category": "logic",
        "title": "Wrong", "body": "Because.", "evidence": [], "fix": None,
    }  # fmt: skip
    return json.dumps({"findings": [{**plain, **item} for item in items]})


def verdicts(holds: str = "confirmed", quote: str = "total / count", path: str = "shop.py") -> str:
    """An answer to a second look at one claim."""
    quotes = [{"path": path, "line": 1, "quote": quote}]
    return json.dumps({"verdicts": [{"claim": 1, "quotes": quotes, "why": "It is so.", "holds": holds}]})


def edits(*items: dict[str, Any]) -> str:
    """An answer to an edit, as a model gives it."""
    plain = {"path": "shop.py", "line": 1, "reason": "As asked"}
    return json.dumps({"assumptions": [], "edits": [{**plain, **item} for item in items]})
