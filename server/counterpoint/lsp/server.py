"""The server: what is registered, in one list, and nothing else.

Handlers are named as `module.function` and imported when the client has its reply to `initialize`: until
then only `beginning` is needed.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
from functools import cache, partial
from typing import Any

from lsprotocol import types

from counterpoint import __version__
from counterpoint.lsp import beginning
from counterpoint.lsp.kinds import KINDS
from counterpoint.lsp.protocol import Server
from counterpoint.lsp.session import Session

FEATURES: tuple[tuple[str, str, Any], ...] = (
    (types.INITIALIZED, "lifecycle.initialized", None),
    (types.TEXT_DOCUMENT_DID_OPEN, "syncing.did_open", None),
    (types.TEXT_DOCUMENT_DID_CHANGE, "syncing.did_change", None),
    (types.TEXT_DOCUMENT_DID_SAVE, "syncing.did_save", types.SaveOptions(include_text=False)),
    (types.TEXT_DOCUMENT_DID_CLOSE, "syncing.did_close", None),
    (types.WORKSPACE_DID_CHANGE_CONFIGURATION, "lifecycle.configuration_changed", None),
    (types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, "lifecycle.folders_changed", None),
    (types.WORKSPACE_DID_CHANGE_WATCHED_FILES, "indexing.files_changed", None),
    (types.WINDOW_WORK_DONE_PROGRESS_CANCEL, "progress.cancelled", None),
    (types.TEXT_DOCUMENT_INLINE_COMPLETION, "completion.inline_completion", types.InlineCompletionOptions()),
    (
        types.TEXT_DOCUMENT_COMPLETION,
        "completion.menu_completion",
        types.CompletionOptions(trigger_characters=[".", "(", "=", " "]),
    ),
    (
        types.TEXT_DOCUMENT_CODE_ACTION,
        "actions.code_actions",
        types.CodeActionOptions(code_action_kinds=[*KINDS], resolve_provider=True),
    ),
    (types.CODE_ACTION_RESOLVE, "actions.resolve", None),
    (
        types.TEXT_DOCUMENT_DIAGNOSTIC,
        "diagnostics.pull",
        types.DiagnosticOptions(
            identifier="counterpoint", inter_file_dependencies=True, workspace_diagnostics=True
        ),
    ),
    (types.WORKSPACE_DIAGNOSTIC, "diagnostics.pull_workspace", None),
    (types.TEXT_DOCUMENT_HOVER, "explaining.hover", None),
    (types.WORKSPACE_TEXT_DOCUMENT_CONTENT, "pages.content", None),
    ("counterpoint/keys", "lifecycle.keys", None),
)

COMMANDS = {
    "counterpoint.review": "reviewing.review",
    "counterpoint.reviews": "reviewing.listed",
    "counterpoint.edit": "pairing.edit",
    "counterpoint.task": "pairing.task",
    "counterpoint.tasks": "pairing.listed",
    "counterpoint.refactor": "refactoring.refactor",
    "counterpoint.ask": "telling.ask",
    "counterpoint.investigate": "investigating.investigate",
    "counterpoint.applyCauses": "investigating.apply_causes",
    "counterpoint.pair": "conversing.pair",
    "counterpoint.send": "conversing.send",
    "counterpoint.applyFix": "small_commands.apply_fix",
    "counterpoint.cancel": "small_commands.cancel",
    "counterpoint.pause": "small_commands.pause",
    "counterpoint.costs": "small_commands.costs",
    "counterpoint.dismiss": "dismissing.dismiss",
    "counterpoint.outcome": "small_commands.outcome",
    "counterpoint.accepted": "small_commands.accepted",
    "counterpoint.why": "small_commands.why",
    "counterpoint.showContext": "small_commands.show_context",
}


class CounterpointServer(Server):
    """The server with its session."""

    def __init__(self) -> None:
        super().__init__("counterpoint", __version__)
        self.session = Session(self)

    def position_encoding(self, params: types.InitializeParams) -> str:
        return self.session.client.encoding

    def amend(self, capabilities: types.ServerCapabilities) -> None:
        """A client we push to must not pull as well; pygls does not know of pages."""
        if not self.session.client.pulls:
            capabilities.diagnostic_provider = None
        if self.session.client.text_content and capabilities.workspace is not None:
            capabilities.workspace.text_document_content = types.TextDocumentContentOptions(["counterpoint"])
        self.session.spawn(asyncio.to_thread(load_all))

    async def close(self) -> None:
        await super().close()
        await self.session.close()


def create() -> CounterpointServer:
    """A server with all features registered. Opens nothing before the client has initialized it."""
    server = CounterpointServer()
    server.feature(types.INITIALIZE)(partial(beginning.initialize, server.session))
    for method, name, options in FEATURES:
        server.feature(method, options)(partial(_call, name, server.session))
    for command, name in COMMANDS.items():
        server.command(command)(partial(_call, name, server.session))
    return server


def _call(name: str, session: Session, params: Any) -> Any:
    return handler(name)(session, params)


@cache
def handler(name: str) -> Any:
    """The function called `module.function` in this package. Kept: the import system takes its time to say
    that it has a module already, and each key typed asks twice."""
    module, _, function = name.partition(".")
    return getattr(importlib.import_module(f"counterpoint.lsp.{module}"), function)


def load_all() -> None:
    """Import every handler's module, so that no first request has to wait for it."""
    for name in (*COMMANDS.values(), *(name for _, name, _ in FEATURES)):
        handler(name)
    gc.freeze()  # see `transport.converse`
