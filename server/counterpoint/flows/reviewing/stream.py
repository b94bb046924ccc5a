"""Findings of one group as they come: shown with the ids they have so far, and put down unit by unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from counterpoint.answers import Dropped, Finding
from counterpoint.findings_reply import with_ids
from counterpoint.flows.reviewing.drafting import confirmed
from counterpoint.flows.reviewing.run import Run
from counterpoint.flows.reviewing.values import Known
from counterpoint.reviewing.keys import Keys
from counterpoint.reviewing.owners import owner_of
from counterpoint.reviewing.unit import Unit
from counterpoint.text import Situation


@dataclass
class Verdicts:
    """Puts down what is known of some units. `owners` says of a finding's id to which unit it belongs; any
    other finding belongs where it lies."""

    run: Run
    units: Sequence[Unit]
    keys: Mapping[int, Keys]
    owners: Mapping[str, Unit] = field(default_factory=dict)

    def keep(self, findings: Sequence[Finding], *, whole: bool = True, drafts: bool = False) -> None:
        """Each unit's findings under its keys; `drafts` are no verdict yet."""
        writer = self.run.writer
        if writer is None:
            return
        mine: dict[int, list[Finding]] = {id(unit): [] for unit in self.units}
        for one in findings:
            owner = self.owners.get(one.id) or owner_of(one, self.units)
            mine[id(owner)].append(one)
        for unit in self.units:
            if whole or mine[id(unit)]:
                keys = self.keys[id(unit)]
                names = [keys.drafts] if drafts else [keys.exact, keys.anywhere]
                if id(unit) in self.run.brief:  # nobody may take it for the look it stands in for
                    names = [] if drafts else [keys.brief]
                known = Known(unit.path, tuple(mine[id(unit)]), whole, dict(unit.beyond))
                writer.put(names, unit, known)


class Stream:
    """What an ask says, and what was said before it: by an answer that was cut off, or by whoever drafted."""

    def __init__(
        self, run: Run, verdicts: Verdicts, situation: Situation, before: tuple[Finding, ...]
    ) -> None:
        self._run, self._verdicts, self._situation = run, verdicts, situation
        self._before = before
        self._drafts: tuple[Finding, ...] = ()
        self._raw: list[Finding] = []
        self._shown: tuple[Finding, ...] = before

    def item(self, item: Finding | Dropped) -> None:
        """One more of the answer, still without its id."""
        if isinstance(item, Finding):
            self._raw.append(item)
            self._show(self._whole(with_ids(tuple(self._raw), self._situation)))
            self._verdicts.keep(self._shown, whole=False)

    def drafted(self, drafts: Sequence[Finding]) -> None:
        """What follows is said of these."""
        self._drafts = tuple(self._named(one) for one in drafts)
        self._raw = []
        self._show(self._whole(()))

    def ended(self, kept: Sequence[Finding]) -> tuple[Finding, ...]:
        """The answer is whole: what is known of the units now."""
        findings = self._whole(kept)
        self._show(findings)
        self._verdicts.keep(findings)
        return findings

    @property
    def shown(self) -> tuple[Finding, ...]:
        return self._shown

    def _whole(self, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        made = confirmed(self._drafts, [self._named(one) for one in findings])
        ids = {one.id for one in made}
        return (*made, *(one for one in self._before if one.id not in ids))

    def _named(self, one: Finding) -> Finding:
        symbol = one.symbol
        if not symbol and one.path == self._situation.document.path:
            symbol = owner_of(one, self._verdicts.units).block.name
        return replace(one, symbol=symbol, job=one.job or self._run.job)

    def _show(self, findings: tuple[Finding, ...]) -> None:
        # A later finding can take the id of an earlier one that quotes the same code further down.
        self._run.put(findings, frozenset(one.id for one in self._shown))
        self._shown = findings
