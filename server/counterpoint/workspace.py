"""One workspace, put together: settings, project, keys, ledger, engine. The edges open and close it."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from counterpoint import config, consent, paths
from counterpoint.board import Board
from counterpoint.disk import Disk, Local
from counterpoint.engine import Engine, Ports
from counterpoint.errors import CounterpointError
from counterpoint.findings import Findings
from counterpoint.flows.checked import Checks
from counterpoint.flows.complete import Completions
from counterpoint.flows.endings import Endings
from counterpoint.flows.keeping import Keeping
from counterpoint.flows.machine import Machine
from counterpoint.flows.proof_command import ProofCommand
from counterpoint.flows.proving import Proofs, proofs_over
from counterpoint.flows.reviewing.store import Shelf, Verdicts
from counterpoint.flows.reviewing.units import Apart
from counterpoint.flows.reviewing.values import Tools
from counterpoint.index.client import Index
from counterpoint.keys import Keys
from counterpoint.ledger import Ledger
from counterpoint.machine_store import MachineStore
from counterpoint.models import Catalogue, load_catalogue
from counterpoint.project import Decoded, Project
from counterpoint.providers.apart import apart
from counterpoint.providers.opening import Providers, open_now
from counterpoint.reach import Reach
from counterpoint.settings import Settings
from counterpoint.sharing import SharedWays
from counterpoint.static.checker import StaticChecker, StaticResult
from counterpoint.surroundings import Surroundings
from counterpoint.tasks import COMPLETE
from counterpoint.text import Document, Files
from counterpoint.turns import Turns
from counterpoint.vendors import vendors_of

if TYPE_CHECKING:
    from counterpoint.flows.memory import What as Ended
    from counterpoint.flows.refactoring.values import Tools as RefactoringTools
    from counterpoint.flows.shadow import Shadow
    from counterpoint.inline.held import Suggestion

RULES = ".counterpoint/rules"
_WARM_SECONDS = 40.0


@dataclass(frozen=True)
class Workspace:
    """Everything an edge needs. `loaded` says where each setting came from and what was refused."""

    root: Path
    loaded: config.Loaded
    catalogue: Catalogue
    project: Project
    keys: Keys
    ledger: Ledger
    providers: Providers
    static: StaticChecker
    engine: Engine
    reach: Reach
    index: Index
    surroundings: Surroundings
    _warmed: list[float] = field(default_factory=list, init=False, repr=False, compare=False)
    """When connections were last opened ahead of use."""

    @property
    def settings(self) -> Settings:
        return self.loaded.settings

    @cached_property
    def completions(self) -> Completions:
        """What completes while somebody types, with all it remembers."""
        return Completions(self.engine, ended=self._ended)

    @cached_property
    def keeping(self) -> Keeping:
        """What is written down of suggestions after they were shown."""
        return Keeping(self.ledger, self.machine, self._opened, self.endings)

    @cached_property
    def endings(self) -> Endings:
        """How jobs end: judged some minutes after something was written for the user."""
        return Endings(self.ledger, self.project.read_local, self.catalogue)

    @cached_property
    def machine(self) -> Machine:
        """What models wrote here and the user kept."""
        file = self.ledger.file.with_name("machine.sqlite3")
        return Machine(MachineStore(file), self.root.as_posix(), self.project.read_local)

    @cached_property
    def shadow(self) -> Shadow:
        """A trial of another model on what is asked here: it hears of that from its first use on."""
        # Most have none: an editor that starts has no time to import it.
        from counterpoint.flows.shadow import Shadow as Made

        made = Made(self.engine, self.index.outline, self._opened)
        self.engine.heard = made.heard
        return made

    def _ended(self, suggestion: Suggestion, what: Ended, typed: int) -> None:
        self.keeping.ended(suggestion, what, typed)
        if "shadow" in vars(self) and what != "part":
            self.shadow.ended(suggestion.job)

    def _opened(self, path: str) -> Document | None:
        return self.completions.document(path)

    async def check_static(self, documents: Sequence[Document], files: Files | None = None) -> StaticResult:
        """The static rules over documents; `files`, by default those on disk, for what spans files."""
        disabled = frozenset(self.settings.review.disabled_rules)
        return await self.static.check(documents, files or self.project, disabled=disabled)

    @property
    def shelf(self) -> Findings:
        """What this user's state folder remembers of reviews."""
        return Findings(self.ledger.file.with_name("findings.sqlite3"))

    def review_tools(self, *, files: Files | None = None, store: Shelf | None = None) -> Tools:
        """What a review works with: over `files`, by default those on disk, and with verdicts in `store`, by
        default those of this user."""
        static = partial(self.check_static, files=files) if self.settings.review.static else None
        kept = Verdicts(store or self.shelf)
        root, wrote = self.root.as_posix(), self.machine.written_here
        return Tools(files or self.project, static, kept, self.proofs(files), wrote, root)

    def proofs(self, files: Files | None = None) -> Proofs:
        """What proves fixes of files, and the user's own command if there is one."""
        command = self.proof_command if self.settings.review.proof_command else None
        static = partial(self.check_static, files=files)
        index, ready = self.index, lambda: self.index.state == "ready"
        return proofs_over(index.outline, index.select, files or self.project, static, command, ready)

    def checks(self) -> Checks:
        """What every change set is checked with before anybody sees it."""
        return Checks(Disk(self.project), self.index.outline, self.settings.refactor.extras)

    def refactoring_tools(self, files: Files, local: Local, command: str | None = None) -> RefactoringTools:
        """What a refactoring works with: over `files`, which may be sent, and `local`, which may be read;
        with the tests of a `command`, by default that of the settings."""
        # What reads code apart is imported once it is needed: an editor that starts has no time for it.
        from counterpoint.flows.refactoring.sites import Lookup
        from counterpoint.flows.refactoring.testing import Tests
        from counterpoint.flows.refactoring.values import Tools as Made

        index = self.index
        lookup = Lookup(
            index.select,
            index.outline,
            index.mentioning,
            ready=lambda: index.state == "ready",
            building=lambda: index.state in ("starting", "building"),
            start=index.start,
        )
        given = self.settings.refactor.test_command if command is None else command
        tests = Tests(self.root, given, self.surroundings.impacted, local, turn=self._testing)
        return Made(lookup, files, local, self.checks(), tests)

    @cached_property
    def _testing(self) -> asyncio.Lock:
        """One run of the user's tests at a time."""
        return asyncio.Lock()

    @cached_property
    def proof_command(self) -> ProofCommand:
        """The command that a fix must pass: one run of it at a time."""
        return ProofCommand(self.root, self.settings.review.proof_command)

    def apart(self, files: Files | None = None) -> Apart:
        """What takes documents apart into units, over `files`."""
        return Apart(self.index.outline, self.index.select, files or self.project)

    async def receivers_to_agree(self, providers: Sequence[str]) -> tuple[str, ...]:
        """Receivers among these providers that still need the user's consent for this workspace."""
        endpoints = [await self.reach.endpoint(name) for name in providers]
        return await asyncio.to_thread(consent.needs_consent, self.root, endpoints, self.settings)

    async def agree(self, receivers: Sequence[str]) -> None:
        """Remember the user's consent."""
        await asyncio.to_thread(consent.grant, self.root, receivers)

    def cooled(self) -> bool:
        """True if the connection of completions may have been closed, and nobody has just tried to open it:
        where there is no key, or the model runs on this machine, trying at every key would change nothing."""
        lately = self._warmed and time.monotonic() - self._warmed[-1] < _WARM_SECONDS
        return not lately and self.providers.idle()

    async def warm(self) -> None:
        """Import the SDK that completions need, in threads, and open its connection ahead of the first key.

        Only that one: an SDK that nobody uses is a second of work and 40 MiB. A vendor that may not receive
        this workspace's code is not called either.
        """
        self._warmed[:] = [time.monotonic()]
        try:
            found = await self.engine.route(COMPLETE)
            endpoint = await self.reach.endpoint(found.first.model.provider)
        except CounterpointError:
            return  # told when a completion is asked for
        if endpoint.provider == "embedded":
            return
        if await asyncio.to_thread(consent.needs_consent, self.root, [endpoint], self.settings):
            await asyncio.gather(self.providers.get(endpoint), return_exceptions=True)
        else:
            await self.providers.warm([endpoint])

    async def close(self) -> None:
        """End calls, worker and connections; every settlement is written first."""
        if "shadow" in vars(self):
            await self.shadow.close()
        await self.completions.close()
        await self.keeping.close()
        await self.endings.close()
        await self.machine.close()
        await self.engine.close()
        self.engine.ports.turns.ways.close()
        await self.providers.close()
        await self.static.close()
        await self.index.close()
        self.ledger.close()


async def open_workspace(
    root: Path,
    *,
    editor: Mapping[str, Any] | None = None,
    editor_user: Mapping[str, Any] | None = None,
    editor_folders: Sequence[Path] | None = None,
    keys: Keys | None = None,
    environ: Mapping[str, str] = os.environ,
    patience: float = 0.0,
) -> Workspace:
    """Load settings and put the parts together; nothing is connected, no SDK imported, no process started.

    `editor` are plain editor settings, `editor_user` those of `initializationOptions.user`, which files of
    `editor_folders` may have filled. `patience` is in seconds: see `Surroundings`. Raises ConfigError.
    """
    root = await asyncio.to_thread(root.resolve)
    environ = dict(environ)  # which `os.environ` encodes and decodes anew for all that each key typed asks
    sent: Any = {"editor": editor, "editor_user": editor_user, "editor_folders": editor_folders}
    loaded = await asyncio.to_thread(config.load, root, **sent, environ=environ)
    settings, private = loaded.settings, loaded.settings.privacy
    catalogue = load_catalogue({"models": settings.models, "roles": settings.roles})
    limits: Any = {"max_file_bytes": private.max_file_bytes, "local_only": private.local_only}
    project = Project(root, **limits)
    held = keys if keys is not None else Keys(environ=environ, keyring=settings.keys.keyring)
    ledger = Ledger(paths.folders(environ).state / "ledger.sqlite3")
    providers = Providers(apart(open_now))
    reach = Reach(settings, catalogue, held, environ)
    index = Index(root, **limits)
    index.enabled = not paths.is_too_wide(root)
    surroundings = Surroundings(root, index, patience=patience)
    given = consent.Given(root)
    vendors = vendors_of(project, settings.providers.paths, catalogue.providers)
    ports = Ports(
        usable=reach.usable,
        endpoint=reach.endpoint,
        open=providers.get,
        guard=project.why_not_sent_text,
        missing_consent=lambda endpoint: given.missing([endpoint], settings),
        barred=vendors.barred,
        barred_by_name=vendors.barred_by_name,
        gather=surroundings.gather,
        judge=index.judge,
        turns=Turns(ways=SharedWays(Board(ledger.file.with_name("vendors.sqlite3")))),
    )
    engine = Engine(settings, catalogue, ledger, ports)
    static = StaticChecker(await asyncio.to_thread(_own_rules, project))
    parts = (catalogue, project, held, ledger, providers, static, engine, reach, index, surroundings)
    return Workspace(root, loaded, *parts)


def _own_rules(project: Project) -> tuple[str, ...]:
    """Texts of the repository's own static rules: data for ast-grep, never code."""
    folder = project.root / RULES
    names = sorted(path.name for path in folder.glob("*.yml")) if folder.is_dir() else []
    found = (project.load(f"{RULES}/{name}") for name in names)
    return tuple(rule.text for rule in found if isinstance(rule, Decoded))
