"""What a review has found so far, by path; and what of it is still being written down."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from counterpoint.answers import Dropped, Finding
from counterpoint.calls import Call
from counterpoint.engine import Engine
from counterpoint.errors import ConfigError, CounterpointError, ProviderError
from counterpoint.flows import price
from counterpoint.flows.reviewing.values import (
    How,
    Known,
    OnFindings,
    OnTold,
    Options,
    Read,
    StageError,
    Store,
    Told,
    Tools,
)
from counterpoint.ledger import Look
from counterpoint.reviewing.unit import Unit

logger = logging.getLogger(__name__)


class Writer:
    """Writes verdicts down in a thread, one after the other; of one key only the latest is written."""

    def __init__(self, store: Store, read: Read) -> None:
        self._store = store
        self._read = read
        self._waiting: dict[str, tuple[Unit, Known]] = {}
        self._task: asyncio.Task[None] | None = None
        self.error: CounterpointError | None = None

    def put(self, keys: Iterable[str], unit: Unit, known: Known) -> None:
        """Have it written soon; `written` waits for it."""
        for key in keys:
            self._waiting[key] = unit, known
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write())

    async def written(self) -> None:
        """Until everything put before is on disk. Cancelling the wait does not end the writing."""
        while self._task is not None and not self._task.done():
            await asyncio.shield(self._task)

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, {}
            try:
                await asyncio.to_thread(self._store.keep, batch, self._read)
            except ConfigError as error:
                self.error = error


@dataclass
class Run:
    """One review under way. Belongs to one event loop."""

    engine: Engine
    options: Options
    tools: Tools
    job: str
    agree: price.Agree
    on_findings: OnFindings
    on_told: OnTold
    read: Read
    writer: Writer | None
    found: dict[str, list[Finding]] = field(default_factory=dict)
    refuted: list[Finding] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    """What became of findings that nobody is shown."""
    dropped: list[Dropped] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    errors: list[StageError] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    notice: str = ""
    brief: dict[int, str] = field(default_factory=dict)
    """Units that are looked at with little context, by identity, and what the user is told of it."""
    writers: dict[int, str] = field(default_factory=dict)
    """Labels of the models that wrote what is reviewed, by the identity of units."""
    lenses: dict[int, str] = field(default_factory=dict)
    """What is looked for in units, by identity, where it is not what the options say."""
    stopped: bool = False
    """True once a stage has failed in a way in which every other would fail as well."""
    agreeing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def put(self, findings: Sequence[Finding], instead: frozenset[str] = frozenset()) -> None:
        """Keep what is new, in place of the findings with the ids `instead`; say so where that is a change.

        What a static rule has reported at the same line in the same category is not said twice.
        """
        paths = dict.fromkeys(one.path for one in findings)
        touched = (path for path, have in self.found.items() if any(one.id in instead for one in have))
        for path in dict.fromkeys((*paths, *touched)):
            had = self.found.setdefault(path, [])
            have = [one for one in had if one.id not in instead or one.status == "static"]
            ids = {one.id for one in have}
            ruled = {(one.start.line, one.category) for one in have if one.status == "static"}
            have += [
                one
                for one in findings
                if one.path == path
                and one.id not in ids
                and (one.status == "static" or (one.start.line, one.category) not in ruled)
            ]
            if have != had:
                self.found[path] = have
                self.on_findings(path, tuple(have))

    def tell(self, units: Iterable[Unit], how: How, detail: str = "") -> None:
        """Say what became of units."""
        for unit in units:
            row = replace(Told.of(unit, how, detail), brief=id(unit) in self.brief)
            self.told.append(row)
            logger.info("Review %s, %s", self.job, row)
            self.on_told(row)

    def failed(self, stage: str, error: CounterpointError, path: str) -> None:
        """Note a stage that failed, the same failure once."""
        provider = error.provider if isinstance(error, ProviderError) else ""
        message = f"{path}: {error.message}" if path else error.message
        entry = StageError(stage, error.code, message, provider, error.fix or "")
        if entry not in self.errors:
            self.errors.append(entry)
