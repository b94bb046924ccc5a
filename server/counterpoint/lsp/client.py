"""What the client can do, read once from its capabilities. Nothing here or elsewhere asks for its name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, cast

from lsprotocol import types

from counterpoint.lsp.positions import ENCODINGS, Encoding

Literals: TypeAlias = Literal["commands", "standard", "any"]


@dataclass(frozen=True, slots=True)
class Client:
    """`action_kinds`: whether code actions must be bare commands, of standard kinds, or of any kind.

    `pulls` is True only where the client also lets us ask for a refresh: else diagnostics are pushed.
    """

    encoding: Encoding = "utf-16"
    pulls: bool = False
    related_information: bool = False
    action_kinds: Literals = "any"
    disabled_actions: bool = False
    resolves_edits: bool = False
    resolves_commands: bool = False
    llm_tags: bool = False
    applies_edits: bool = False
    document_changes: bool = False
    annotations: bool = False
    creates_files: bool = False
    moves_files: bool = False
    deletes_files: bool = False
    progress: bool = False
    asks: bool = False
    configuration: bool = False
    watches_configuration: bool = False
    watches_files: bool = False
    text_content: bool = False
    shows_documents: bool = False
    offers: bool = False
    """It shows a question beside the work, not over it: our own extensions say so."""
    inputs: bool = False
    """It can ask its user for a line of text, by a request of ours."""
    vouches: bool = False
    """What it sends as its user's own settings is never read from a file of a folder."""
    ghost_text: bool = False
    """It can ask for inline completions; whether its user lets it is seen only once it does."""


def read_client(params: types.InitializeParams, forced: Any = "auto") -> Client:
    """Read the capabilities. `forced` is the setting `editor.position_encoding`."""
    document = params.capabilities.text_document or types.TextDocumentClientCapabilities()
    workspace = params.capabilities.workspace or types.WorkspaceClientCapabilities()
    window = params.capabilities.window or types.WindowClientCapabilities()
    edit = workspace.workspace_edit or types.WorkspaceEditClientCapabilities()
    action = document.code_action or types.CodeActionClientCapabilities()
    resolve = action.resolve_support.properties if action.resolve_support else ()
    diagnostics = workspace.diagnostics
    watching = workspace.did_change_configuration
    published = document.publish_diagnostics
    files = workspace.did_change_watched_files
    return Client(
        encoding=_encoding(params.capabilities, forced),
        pulls=bool(document.diagnostic and diagnostics and diagnostics.refresh_support),
        related_information=bool(
            (document.diagnostic and document.diagnostic.related_information)
            or (published and published.related_information)
        ),
        action_kinds=_action_kinds(action),
        disabled_actions=bool(action.disabled_support),
        resolves_edits=bool(action.data_support) and "edit" in resolve,
        resolves_commands=bool(action.data_support) and {"edit", "command"} <= {*resolve},
        llm_tags=_knows_llm_tag(action),
        applies_edits=bool(workspace.apply_edit),
        document_changes=bool(edit.document_changes),
        annotations=bool(edit.document_changes and edit.change_annotation_support),
        creates_files=_can(edit, types.ResourceOperationKind.Create),
        moves_files=_can(edit, types.ResourceOperationKind.Rename),
        deletes_files=_can(edit, types.ResourceOperationKind.Delete),
        progress=bool(window.work_done_progress),
        asks=window.show_message is not None,
        configuration=bool(workspace.configuration),
        watches_configuration=bool(watching and watching.dynamic_registration),
        watches_files=bool(files and files.dynamic_registration),
        text_content=workspace.text_document_content is not None,
        shows_documents=bool(window.show_document and window.show_document.support),
        offers=window.show_message is not None and _says(params.capabilities.experimental, "offers"),
        inputs=_says(params.capabilities.experimental, "input"),
        vouches=_says(params.capabilities.experimental, "user"),
        ghost_text=document.inline_completion is not None,
    )


def _says(experimental: Any, name: str) -> bool:
    own = experimental.get("counterpoint") if isinstance(experimental, Mapping) else None
    return isinstance(own, Mapping) and own.get(name) is True


def _encoding(capabilities: types.ClientCapabilities, forced: Any) -> Encoding:
    """The client's first that we know; the one forced by a setting if the client offers it, or UTF-16."""
    general = capabilities.general
    offered = [str(getattr(name, "value", name)) for name in (general and general.position_encodings) or ()]
    known = [name for name in ENCODINGS if name in offered]
    known.sort(key=offered.index)
    if forced in (*known, "utf-16"):
        return cast(Encoding, forced)
    return known[0] if known else "utf-16"


def _action_kinds(action: types.CodeActionClientCapabilities) -> Literals:
    if action.code_action_literal_support is None:
        return "commands"
    return "any" if action.resolve_support or action.data_support else "standard"


def _knows_llm_tag(action: types.CodeActionClientCapabilities) -> bool:
    return bool(action.tag_support and types.CodeActionTag.LlmGenerated in action.tag_support.value_set)


def _can(edit: types.WorkspaceEditClientCapabilities, kind: types.ResourceOperationKind) -> bool:
    return bool(edit.document_changes) and kind in (edit.resource_operations or ())
