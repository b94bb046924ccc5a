"""What one connection holds: the client, its documents, its workspaces, running jobs and shown findings."""

from __future__ import annotations

import asyncio
import importlib
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from counterpoint.errors import ConfigError
from counterpoint.lsp.client import Client
from counterpoint.lsp.documents import Documents
from counterpoint.lsp.jobs import Jobs
from counterpoint.lsp.protocol import Server
from counterpoint.lsp.uris import key_of, name_of, path_of, relative_to, uri_of
from counterpoint.text import Document, Problem

if TYPE_CHECKING:  # importing most of these costs more than the reply to `initialize` may take
    from counterpoint.index.client import Index
    from counterpoint.keys import Keys
    from counterpoint.lsp.applied import AppliedSets
    from counterpoint.lsp.findings import Shown
    from counterpoint.lsp.pages import Pages
    from counterpoint.lsp.review_state import Reviews
    from counterpoint.project import Overlay
    from counterpoint.workspace import Workspace

logger = logging.getLogger(__name__)

SECTION = "counterpoint"


def _ready(task: asyncio.Task[Workspace] | None) -> Workspace | None:
    """The workspace, if it is open already."""
    failed = task is None or not task.done() or task.cancelled() or task.exception() is not None
    return None if failed or task is None else task.result()


class Session:
    """State of a connection. Touched by the event loop only."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.client = Client()
        self.documents = Documents(self.path_of)
        self.jobs = Jobs()
        self.roots: tuple[str, ...] = ()
        self.editor: Mapping[str, Any] = {}
        self.user: Mapping[str, Any] = {"editor_user": {}}
        self.options: Mapping[str, Any] = {}
        self.inline_seen = False
        self.menus_asked = 0
        self.first_menu = 0.0
        self.follows_log_setting = False
        self.paused_until = 0.0
        self.usable: dict[str, frozenset[str]] = {}
        """Providers with a key, by workspace, as last looked up: menus must not wait for a keyring."""
        self.status: dict[str, Any] = {}
        self.checks: dict[str, tuple[Document, asyncio.Task[None]]] = {}
        """Static checks under way, by document, with the version they look at."""
        self.problems: dict[str, tuple[Problem, ...]] = {}
        """What other tools last said about a document."""
        self.pushed: dict[str, str] = {}
        """Documents whose diagnostics were pushed, by key, in the spelling they were pushed with."""
        self.pulls_workspace = False
        """True once the client has asked about the whole workspace."""
        self.news = asyncio.Event()
        """Set when something is new of a file that is not open."""
        self.refresh: asyncio.Future[None] | None = None
        self.refresh_wanted = False
        self.asked_consent: set[str] = set()
        self.adopted: dict[str, str] = {}
        """Folders that documents of ours belong to, wherever those lie, by key."""
        self.indexes: dict[str, Index] = {}
        """The index of each root, from the moment it exists: nothing that happens may be missed."""
        self._workspaces: dict[str, asyncio.Task[Workspace]] = {}
        self._retired: set[asyncio.Task[Workspace]] = set()
        self._keys: Keys | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    @cached_property
    def shown(self) -> Shown:
        """Findings on show."""
        from counterpoint.lsp.findings import Shown

        return Shown()

    @cached_property
    def reviews(self) -> Reviews:
        """What is held about reviews."""
        from counterpoint.lsp.review_state import Reviews

        return Reviews()

    @cached_property
    def applied(self) -> AppliedSets:
        """Edits that were applied."""
        from counterpoint.lsp.applied import AppliedSets

        return AppliedSets()

    @cached_property
    def pages(self) -> Pages:
        """Markdown pages made for the user to read."""
        from counterpoint.lsp.pages import Pages

        return Pages()

    # -- places

    def set_roots(self, roots: Sequence[str]) -> None:
        """Workspace folders as absolute paths with `/`, the longest first: a document belongs to the first
        that holds it."""
        self.roots = tuple(sorted({root.rstrip("/") or "/" for root in roots}, key=len, reverse=True))

    def root_of(self, uri: str) -> str:
        """The folder a document belongs to. One outside of all folders has its own folder as workspace."""
        path = path_of(uri)
        if self.is_page(uri):
            return self.adopted[key_of(uri)]
        if path is None:
            return self.roots[-1] if self.roots else Path.cwd().as_posix()
        inside = next((root for root in self.roots if relative_to(path, root) is not None), None)
        return inside or path.rpartition("/")[0] or "/"

    def is_page(self, uri: str) -> bool:
        """Whether a document is one of ours to write in: it belongs to a folder, and is nobody's code."""
        return bool(self.adopted) and key_of(uri) in self.adopted

    def path_of(self, uri: str) -> str:
        """The path a document is known by inside: relative to its workspace."""
        name = name_of(uri)
        return relative_to(name, self.root_of(uri)) or name

    def uri_for(self, root: str, path: str) -> str:
        """URI of a workspace's file, in the client's spelling if it is open."""
        return self._opened(root, path) or uri_of((PurePath(root) / path).as_posix())

    def folder(self, root: str) -> str:
        """The folder of the session that a workspace's root is: they differ where the folder is a link."""
        if root in self.roots or root in self._workspaces:
            return root
        return next((one for one in self.roots if Path(one).resolve().as_posix() == root), root)

    def spelling(self, key: str) -> str:
        """URI of a document's key, in the client's spelling if it is open."""
        if not key.startswith("file:"):
            return key
        path = key.removeprefix("file:")
        root = next((one for one in self.roots if relative_to(path, one) is not None), None)
        return uri_of(path) if root is None else self.uri_for(root, relative_to(path, root) or path)

    def _opened(self, root: str, path: str) -> str | None:
        here = (one.uri for one in self.documents.all() if one.now.path == path)
        return next((uri for uri in here if self.root_of(uri) == root), None)

    def now(self, root: str, path: str) -> Document | None:
        """The open document of a workspace's path, or None if it is not open."""
        return self.documents.get(self._opened(root, path) or "")

    # -- workspaces

    async def workspace(self, uri: str) -> Workspace:
        """The workspace a document belongs to, opened on first need. Raises ConfigError."""
        return await self.workspace_at(self.root_of(uri))

    async def workspace_at(self, root: str) -> Workspace:
        task = self._workspaces.get(root)
        if task is None or (task.done() and _ready(task) is None):
            task = self._workspaces[root] = asyncio.create_task(self._open(root))
        return await asyncio.shield(task)

    @property
    def workspace_roots(self) -> tuple[str, ...]:
        """The folders whose workspaces are open or being opened."""
        return tuple(self._workspaces)

    def opened(self, uri: str) -> Workspace | None:
        """The document's workspace if it is open already: for answers that must not wait."""
        return _ready(self._workspaces.get(self.root_of(uri)))

    def holds(self, root: str, workspace: Workspace) -> bool:
        """Whether a workspace is still the one of its folder."""
        return _ready(self._workspaces.get(root)) is workspace

    def all_opened(self) -> tuple[Workspace, ...]:
        return tuple(filter(None, map(_ready, self._workspaces.values())))

    async def keys(self) -> Keys:
        """The one set of keys, shared by all workspaces: the editor's stay when settings change."""
        if self._keys is None:
            config = await asyncio.to_thread(importlib.import_module, "counterpoint.config")
            keys = importlib.import_module("counterpoint.keys")
            loaded = await asyncio.to_thread(config.load, None, **self.user)
            if self._keys is None:
                self._keys = keys.Keys(keyring=loaded.settings.keys.keyring)
        return self._keys

    async def _open(self, root: str) -> Workspace:
        module = await asyncio.to_thread(importlib.import_module, "counterpoint.workspace")
        keys = await self.keys()
        workspace: Workspace = await module.open_workspace(
            Path(root), editor=self.editor, keys=keys, **self.user
        )
        for problem in workspace.loaded.problems:
            logger.warning("%s", problem)
        if self.follows_log_setting:
            logging.getLogger().setLevel(workspace.settings.log.level.upper())
        try:
            self.usable[workspace.root.as_posix()] = await workspace.engine.ports.usable()
        except BaseException:  # nobody gets this workspace, so that nobody else would close it
            await workspace.close()
            raise
        if self._workspaces.get(root) is asyncio.current_task():  # else settings or folders have changed
            for name in ("turning", "indexing", "at_hand", "advising", "rotating"):
                importlib.import_module(f"counterpoint.lsp.{name}").attach(self, root, workspace)
            if workspace.settings.completion.enabled:
                self.spawn(workspace.warm())
        return workspace

    async def reopen(self) -> None:
        """Open all workspaces anew, after settings have changed; running jobs keep the old ones."""
        old, self._workspaces = self._workspaces, {}
        for root, task in old.items():
            self.spawn(self._retire(task))
            self.spawn(self.open_quietly(root))

    def retire(self, roots: Iterable[str]) -> None:
        """Close the workspaces of these folders. One that is needed again is opened anew."""
        for root in roots:
            self.indexes.pop(root, None)
            if task := self._workspaces.pop(root, None):
                self.spawn(self._retire(task))

    async def _retire(self, task: asyncio.Task[Workspace]) -> None:
        """Close an old workspace once the jobs are done that may be using it: they have been paid for."""
        self._retired.add(task)
        await self.jobs.ended()
        await self._close_quietly(task)
        self._retired.discard(task)

    async def open_quietly(self, root: str) -> None:
        """Open a workspace that nobody waits for."""
        try:
            await self.workspace_at(root)
        except ConfigError as error:
            logger.error("%s", error)

    @staticmethod
    async def _close_quietly(task: asyncio.Task[Workspace]) -> None:
        try:
            workspace = await task
        except ConfigError:
            return
        await workspace.close()

    def overlay(self, workspace: Workspace, root: str) -> Overlay:
        """The workspace's files with the editor's unsaved text over them."""
        from counterpoint.project import Overlay

        mine = (opened.now for opened in self.documents.all() if self.root_of(opened.uri) == root)
        return Overlay(workspace.project, {document.path: document for document in mine})

    # -- background work

    def spawn(self, work: Any) -> None:
        """Run a coroutine whose outcome nobody awaits; what it raises is logged by its type."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._reap)

    def _reap(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.server.protocol.log_failure(error, "background work")

    @property
    def paused(self) -> bool:
        return time.monotonic() < self.paused_until

    async def close(self) -> None:
        """Stop everything, close the workspaces; private pages first: a client may not wait for the rest."""
        self.jobs.cancel()
        if "applied" in vars(self):
            await self.applied.writes.ended()
        for task in filter(None, (*self._tasks, *(check for _, check in self.checks.values()), self.refresh)):
            task.cancel()
        if "pages" in vars(self):
            await asyncio.to_thread(self.pages.clear)
        workspaces, self._workspaces = self._workspaces, {}
        for opening in workspaces.values():
            opening.cancel()
        closing = [self._close_quietly(task) for task in (*workspaces.values(), *self._retired)]
        await asyncio.gather(*closing, return_exceptions=True)
        if "reviews" in vars(self):
            self.reviews.trees.close()
