"""`counterpoint baseline`: findings that the team has set aside, in a file committed with the code."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import click

from counterpoint import baseline
from counterpoint.anchors import kind_of
from counterpoint.answers import Finding
from counterpoint.baseline import Entry
from counterpoint.cli import shapes
from counterpoint.cli.frame import wait_for
from counterpoint.cli.opened import format_option, opened
from counterpoint.cli.standing import Standing, standing_in
from counterpoint.cli.terminal import Line, line, print_json, show, tell
from counterpoint.errors import UsageError
from counterpoint.git import Git
from counterpoint.workspace import Workspace

_STYLES = {"in force": "", "expired": "yellow", "gone": "dim"}


@click.group("baseline")
def command() -> None:
    """Findings that the team has set aside: silent in every editor, here and in CI."""


@command.command("list")
@format_option("text", "json")
def list_(form: str) -> int:
    """List what is set aside, by whom, why, and until when."""
    return wait_for(lambda: _list(form))


@command.command("add")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--kind", "kinds", multiple=True, metavar="KIND",
              help="All findings of a rule or of PASS/CATEGORY; may be repeated.")  # fmt: skip
@click.option("--all", "every", is_flag=True, help="All findings there are now.")
@click.option("--reason", required=True, help="Why; everybody reads it.")
@click.option("--expires", default="", metavar="DATE|Nd", help="Last day on which it is silent.")
@format_option("text", "json")
def add(
    ids: tuple[str, ...], kinds: tuple[str, ...], *, every: bool, reason: str, expires: str, form: str
) -> int:
    """Set findings aside by the ids that `review` prints, all of a kind, or all there are now."""
    if not (ids or kinds or every):
        raise UsageError("Nothing is named to be set aside.", fix="Give an ID, --kind KIND or --all.")
    if not reason.strip():
        raise UsageError("The reason is empty.", fix="Say in --reason why it may stay as it is.")
    today = date.today()
    entry = Entry(reason=reason.strip(), date=today.isoformat(), expires=last_day(expires, today))
    return wait_for(lambda: _add(ids, kinds, entry, every=every, form=form))


@command.command("prune")
@click.option("--dry-run", is_flag=True, help="Say what would be taken out; change nothing.")
@format_option("text", "json")
def prune(*, dry_run: bool, form: str) -> int:
    """Take out what has expired, and what is said of findings that are gone."""
    return wait_for(lambda: _prune(dry_run=dry_run, form=form))


def last_day(text: str, today: date) -> str:
    """A day as `2026-11-21` or, from now on, `90d`; "" stays empty. Raises UsageError for one in the past."""
    if not text:
        return ""
    try:
        days = text.removesuffix("d")
        counted = text.endswith("d") and days.isdecimal()
        found = today + timedelta(days=int(days)) if counted else date.fromisoformat(text)
    except (ValueError, OverflowError):
        raise UsageError(f"{text} is no day.", fix="Use 2026-11-21 or 90d.") from None
    if found < today:
        raise UsageError(f"{found.isoformat()} has passed.", fix="Give a day to come.")
    return found.isoformat()


async def _list(form: str) -> int:
    async with opened() as workspace:
        found = await asyncio.to_thread(baseline.read, workspace.root)
    _tell(found.problems)
    _print(found.entries, form)
    return 0


async def _add(ids: Sequence[str], kinds: Sequence[str], entry: Entry, *, every: bool, form: str) -> int:
    async with opened() as workspace:
        known: Mapping[str, Finding] = {}
        if ids or every:
            known = (await standing_in(workspace)).findings
        missing = [one for one in ids if one not in known]
        if missing:
            raise UsageError(
                f"This workspace has no finding {missing[0]}.",
                fix="Run `counterpoint review` and use an id that it prints.",
            )
        author = await asyncio.to_thread(_author, workspace)
        named = known.values() if every else [known[one] for one in ids]
        new = [_entry(replace(entry, author=author), item) for item in named]
        new += [replace(entry, author=author, kind=kind) for kind in kinds]
        held = await asyncio.to_thread(baseline.add, workspace.root, new)
    if form == "json":
        print_json(_shape(held, date.today()))
    else:
        click.echo(f"{_count(new)} set aside in {baseline.FILE}, {_count(held)} in all. Commit that file.")
    return 0


def _entry(entry: Entry, item: Finding) -> Entry:
    return replace(entry, id=item.id, kind=kind_of(item), path=item.path, title=item.title)


async def _prune(*, dry_run: bool, form: str) -> int:
    async with opened() as workspace:
        found = await asyncio.to_thread(baseline.read, workspace.root)
        standing = await standing_in(workspace)
        out = {one.target: why for one in found.entries if (why := _why_out(one, standing, date.today()))}
        if out and not dry_run:
            await asyncio.to_thread(baseline.remove, workspace.root, out)
    _tell((*found.problems, *standing.problems))
    gone = [one for one in found.entries if one.target in out]
    _print(gone, form, lambda one: out[one.target])
    if form == "text":
        left = len(found.entries) - len(gone)
        click.echo(f"{_count(gone)} {'would be ' if dry_run else ''}taken out, {left} left.")
    return 0


def _why_out(entry: Entry, standing: Standing, today: date) -> str:
    """Why an entry has had its day; "" while it may still be needed.

    What nothing is known of on this machine stays: it may have been found on another.
    """
    if not entry.holds(today):
        return "expired"
    return "gone" if entry.id and standing.gone(entry.id, entry.kind) else ""


def _author(workspace: Workspace) -> str:
    try:
        return Git(workspace.root).author()
    except UsageError:
        return ""


def _state(entry: Entry) -> str:
    return "in force" if entry.holds(date.today()) else "expired"


def _print(entries: Sequence[Entry], form: str, state: Callable[[Entry], str] = _state) -> None:
    if form == "json":
        print_json(_shape(entries, date.today(), state))
        return
    if not entries and state is _state:
        click.echo("Nothing is set aside.")
    show([row for entry in entries for row in _lines(entry, state(entry))])


def _lines(entry: Entry, state: str) -> Iterable[Line]:
    until = f", until {entry.expires}" if entry.expires else ""
    who = ", ".join(part for part in (entry.author, entry.date) if part)
    what = entry.id or "every finding"
    yield line((f"{what} ", "bold"), (f"{entry.kind or 'of any kind'} ", ""), (state, _STYLES[state]))
    if entry.path or entry.title:
        yield line(f"    {entry.path}: {entry.title}")
    yield line((f"    {entry.reason or 'no reason given'} ({who or 'by nobody named'}{until})", "dim"))


def _shape(entries: Sequence[Entry], today: date, state: Callable[[Entry], str] = _state) -> dict[str, Any]:
    names = ("id", "kind", "reason", "author", "date", "expires", "path", "title")
    rows = [{**{name: getattr(one, name) for name in names}, "state": state(one)} for one in entries]
    return {"schema": shapes.SCHEMA, "file": baseline.FILE, "today": today.isoformat(), "entries": rows}


def _count(entries: Sequence[Entry]) -> str:
    return f"{len(entries)} {'entry' if len(entries) == 1 else 'entries'}"


def _tell(problems: Iterable[str]) -> None:
    for problem in problems:
        tell(problem, style="yellow")
