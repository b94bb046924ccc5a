"""The sums of a time, from those of its days; only the day that is not over is read row by row.

A day's sums are those of its rows alone, wherever these lie: in the ledger, or in a month that was moved out
of it. A job is one job however many days its calls are spread over, and is judged by all of them: those few
are taken out of their days, and added once with all their rows.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from counterpoint.ledger_archive import archives, is_in
from counterpoint.ledger_choices import EARLY, LATE
from counterpoint.ledger_file import LedgerFile
from counterpoint.ledger_kept import Day, keep, kept
from counterpoint.ledger_looks import Precision, precision
from counterpoint.ledger_outcomes import Edits, edits
from counterpoint.ledger_rows import LATEST
from counterpoint.ledger_sums import (
    CHOICES,
    LONG_INPUT,
    Ended,
    Row,
    Sums,
    add_calls,
    add_jobs,
    add_judged,
    pieces,
)

_AT_ONCE = 30
_BEFORE = 31
"""Days before a time in which calls of jobs that were judged in it are looked for."""
_Place: TypeAlias = Path | None
"""A file with rows: None is the ledger, as it was when the reading began."""

_SUMMED = (
    "SELECT day, job, task, model, {reason}, coalesce(tier, ''), {parts}, coalesce(cost_nano, reserved_nano),"
    " calls.at, coalesce(seconds, 0.0), first_token_seconds, coalesce(outcome, ''), request_id IS NULL,"
    " coalesce(input_tokens, 0), coalesce(output_tokens, 0), coalesce(cached_tokens, 0),"
    " coalesce(written_5m_tokens, 0), coalesce(written_1h_tokens, 0), coalesce(reasoning_tokens, 0),"
    f" coalesce(estimated, 0) FROM {LATEST}"
)
_ENDED = "SELECT job, task, outcome, model, changed FROM job_outcomes"
_CHECKS = (
    "SELECT day, count(*), max(calls.id), sum(reserved_nano), count(settlements.id), max(settlements.id),"
    " sum(cost_nano) FROM calls LEFT JOIN settlements ON call_id = calls.id WHERE day >= ? GROUP BY day",
    "SELECT day, count(*), max(id) FROM job_outcomes WHERE day >= ? GROUP BY day",
    "SELECT day, count(*), max(id) FROM choices WHERE day >= ? GROUP BY day",
)
"""Rows are only ever added, and each has a higher id. All is answered by indexes."""
_KEPT = (
    "sum(CASE WHEN what = 'kept' AND after = {0} THEN taken ELSE 0 END),"
    " sum(CASE WHEN what = 'kept' AND after = {0} THEN shown ELSE 0 END)"
).format


_CHOICES = (
    "SELECT task, source, sum(what != 'kept'), sum(what = 'accepted'), sum(what = 'partly'),"
    f" sum(what = 'rejected'), sum(what = 'ignored'), {_KEPT(EARLY)}, {_KEPT(LATE)}"
    " FROM choices WHERE day = ? GROUP BY task, source"
)


class Daily(LedgerFile):
    """Sums of one ledger, by a connection of its own: no call waits for them. Raises ConfigError where the
    ledger cannot be read."""

    def sums(self, since: date, long_input: int | None = None) -> Sums:
        """What calls from a local day on come to, and what was said of them. Inputs above `long_input` tokens
        are told apart, for models whose price depends on the length; None for who asks for no prices."""
        with self._reading() as rows:
            if rows is None:
                return Sums()
            with closing(_Files(rows)) as files:
                return _summed(_Look(self.file, files), since, long_input, self._today()[1])

    def fates(self, since: date) -> tuple[tuple[Edits, ...], tuple[Precision, ...]]:
        """What became of edits and of findings from a local day on: past months' files are read once."""
        with self._since(since, "edit_outcomes", "looks") as rows:
            if rows is None:
                return (), ()
            return edits(rows, since.isoformat()), precision(rows, since.isoformat(), None)


def _summed(look: _Look, since: date, long_input: int | None, today: str) -> Sums:
    first, earlier = since.isoformat(), since - timedelta(days=_BEFORE)
    told = look.found(earlier)
    found = {day: one for day, one in told.items() if day >= first}
    days = kept(look.file, {day: one.rows for day, one in found.items()}, long_input)
    for some in _batches(day for day in sorted(found) if day not in days):
        new = [look.day(day, found[day], long_input or LONG_INPUT) for day in some]
        keep(look.file, (one for one in new if one.day < today))
        days |= {one.day: one for one in new}
    whole = Sums()
    for one in days.values():
        whole.add(one.sums)
    before = {day: look.jobs(day, one.places) for day, one in told.items() if day < first}
    look.joined(whole, [days[day] for day in sorted(days)], before, told)
    return whole


@dataclass(frozen=True, slots=True)
class _Rows:
    """Where the rows of a day lie, in order, and what tells them from others."""

    places: tuple[_Place, ...]
    rows: str


class _Files:
    """The ledger as it was when the reading began, and one other file with rows at a time: whoever goes
    through the days in order opens each once."""

    def __init__(self, live: sqlite3.Connection) -> None:
        self.live = live
        self._place: _Place = None
        self._rows: sqlite3.Connection | None = None
        self._summed: dict[_Place, str] = {}

    def summed(self, place: _Place) -> str:
        """What reads the calls of a file as they are summed. One of long ago has the columns of then."""
        if place not in self._summed:
            there = {row[1] for row in self.opened(place).execute("PRAGMA table_info(calls)")}
            columns = {one: one if one in there else "''" for one in ("reason", "parts")}
            self._summed[place] = _SUMMED.format(**columns)
        return self._summed[place]

    def opened(self, place: _Place) -> sqlite3.Connection:
        """A file to be read from until the next one is asked for."""
        if place is None:
            return self.live
        if self._rows is None or self._place != place:
            self.close()
            self._place = place
            self._rows = sqlite3.connect(f"{place.as_uri()}?mode=ro", uri=True, isolation_level=None)
        return self._rows

    def close(self) -> None:
        if self._rows is not None:
            self._rows.close()
            self._rows = None


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at the rows of a ledger."""

    file: Path
    files: _Files

    def found(self, since: date) -> dict[str, _Rows]:
        """The days from one on that have rows, oldest first."""
        told: dict[str, list[tuple[_Place, list[object]]]] = {}
        # Listed after the ledger began to be read: what has been moved out of it before then has its file by
        # now, and what it still has counts there.
        for place in (*archives(self.file, since), None):
            rows = self.files.opened(place)
            if place is not None and is_in(rows, "main", self.files.live):
                continue
            here: dict[str, list[object]] = {}
            for number, query in enumerate(_CHECKS):
                for day, *figures in rows.execute(query, (since.isoformat(),)):
                    here.setdefault(day, []).append([number, *figures])
            for day, told_of in here.items():
                told.setdefault(day, []).append((place, told_of))
        return {
            day: _Rows(tuple(place for place, _ in some), json.dumps([figures for _, figures in some]))
            for day, some in sorted(told.items())
        }

    def jobs(self, day: str, places: Iterable[_Place]) -> set[str]:
        """The jobs with calls on a day."""
        query = "SELECT job FROM calls WHERE day = ?"
        return {job for place in places for (job,) in self.files.opened(place).execute(query, (day,))}

    def day(self, day: str, found: _Rows, long_input: int) -> Day:
        """A day, from its rows."""
        calls, ended = self.read(day, found.places)
        sums, jobs = Sums(), pieces(calls)
        add_calls(sums, calls, long_input)
        add_jobs(sums, jobs)
        without = add_judged(sums, ended, jobs)
        for place in found.places:
            for task, source, *figures in self.files.opened(place).execute(_CHOICES, (day,)):
                sums.count((CHOICES, task, source), figures)
        return Day(day, found.rows, long_input, sums, frozenset(jobs), frozenset(without))

    def read(
        self, day: str, places: Iterable[_Place], jobs: Iterable[str] | None = None
    ) -> tuple[list[Row], list[Ended]]:
        """The calls of a day and its judgements, in order, of some jobs or of all."""
        calls: list[Row] = []
        ended: list[Ended] = []
        # The sign has the rows of a few jobs found by these, not by their day.
        where, given = ("day = ?", [day])
        if jobs is not None:
            where, given = "+day = ? AND job IN (SELECT value FROM json_each(?))", [day, json.dumps([*jobs])]
        for place in places:
            rows = self.files.opened(place)
            summed = self.files.summed(place)
            calls += map(Row._make, rows.execute(f"{summed} WHERE {where} ORDER BY calls.id", given))
            ended += map(Ended._make, rows.execute(f"{_ENDED} WHERE {where} ORDER BY id", given))
        return calls, ended

    def joined(
        self, whole: Sums, days: Sequence[Day], before: Mapping[str, set[str]], found: Mapping[str, _Rows]
    ) -> None:
        """Add the jobs that no day knows all of once, with all their calls, instead of day by day. `before`
        has the jobs of the days just before the time."""
        spread = _spread(days, before.values())
        gone = Sums()
        earlier: list[Row] = []
        calls: list[Row] = []
        ended: list[Ended] = []
        for day, jobs in before.items():
            if some := spread & jobs:
                earlier += self.read(day, found[day].places, some)[0]
        for one in days:
            if some := (spread & one.jobs) | (spread & one.without):
                mine, judged = self.read(one.day, found[one.day].places, some)
                parts = pieces(mine)
                add_jobs(gone, parts)
                add_judged(gone, judged, parts)
                calls += mine
                ended += judged
        whole.take(gone)
        add_jobs(whole, pieces(calls))
        add_judged(whole, ended, pieces([*earlier, *calls]))


def _spread(days: Sequence[Day], before: Iterable[set[str]]) -> set[str]:
    """Jobs with calls on several days, or that were judged on another day than that of their calls, or on
    several."""
    seen = set[str]().union(*before)
    found, judged = set[str](), set[str]()
    for one in days:
        found |= seen & one.jobs
        seen |= one.jobs
    for one in days:
        found |= (seen & one.without) | (judged & one.without)
        judged |= one.without
    return found


def _batches(days: Iterable[str]) -> Iterator[list[str]]:
    """So many at once that little is lost where somebody breaks off."""
    each = iter(days)
    while some := list(islice(each, _AT_ONCE)):
        yield some
