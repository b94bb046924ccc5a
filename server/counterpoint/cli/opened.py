"""What verbs share: an opened workspace, a file as a question, consent, and options of the same meaning."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from counterpoint.cli import render
from counterpoint.cli.terminal import interactive, show, still, tell
from counterpoint.errors import ConsentRequired, PriceNotAgreed, UsageError
from counterpoint.places import workspace_root
from counterpoint.text import Document, language_of

if TYPE_CHECKING:
    from counterpoint.tasks import Task
    from counterpoint.workspace import Workspace

_PATIENCE = 20.0
"""Seconds a verb waits for the index of its workspace, which is only ever long the first time."""
F = TypeVar("F", bound=Callable[..., Any])

yes_option = click.option(
    "--yes", is_flag=True, help="Agree to sending this workspace's code to the vendor named."
)


def format_option(*formats: str) -> Callable[[F], F]:
    """`--format`, the first one being the default."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help="Output form.",
    )


@asynccontextmanager
async def opened(
    paths: Sequence[Path] = (), settings: Mapping[str, str | None] | None = None
) -> AsyncIterator[Workspace]:
    """The workspace of these paths, closed at the end. What was wrong with its settings is told.

    `settings` are options of the command line, by the dotted path of the setting they stand for; one that is
    None was not given. They outrank everything but the machine's policy.
    """
    from counterpoint.flows.afterwards import look
    from counterpoint.workspace import open_workspace

    root = await asyncio.to_thread(workspace_root, paths, Path.cwd())
    given = {
        f"COUNTERPOINT__{path.replace('.', '__').upper()}": value
        for path, value in (settings or {}).items()
        if value is not None
    }
    workspace = await open_workspace(root, patience=_PATIENCE, environ={**os.environ, **given})
    failed = True
    try:
        for problem in workspace.loaded.problems:
            tell(f"settings: {problem}", style="yellow")
        await asyncio.to_thread(look, workspace.ledger)
        workspace.engine.ports.turns.on_wait = lambda job, said: tell(said) if said else None
        yield workspace
        failed = False
    finally:
        await workspace.close()
        spent = workspace.ledger.spent_here
        if failed and spent:  # else each call's cost has been told
            tell(f"Until then {render.usd(spent)} was spent.", style="yellow")


def document_at(workspace: Workspace, path: Path) -> Document:
    """A file as the core sees it. Raises UsageError with the reason if it cannot be read."""
    absolute = path.absolute()
    found = workspace.project.load(str(absolute))
    inner = workspace.project.relative(str(absolute))
    if isinstance(found, str) or inner is None:
        reason = found if isinstance(found, str) else "outside the workspace"
        raise UsageError(f"{path}: {reason}.", fix="Name a source file of the workspace that is not ignored.")
    return Document.of(inner, found.text, language_of(inner))


async def agreed(workspace: Workspace, task: Task[Any], *, yes: bool) -> str:
    """Make sure the user has agreed to sending this workspace's code to the task's models; returns the name
    of the first.

    `yes`, or an answer on the terminal, is remembered. The first model's SDK is imported from then on, while
    the question is made. Raises NoUsableRole, ConsentRequired.
    """
    route = await workspace.engine.route(task)
    providers = sorted({candidate.model.provider for candidate in route.candidates} - {"embedded"})
    await receivers_agreed(workspace, providers, yes=yes)
    if route.first.model.provider != "embedded":
        workspace.providers.begin(await workspace.reach.endpoint(route.first.model.provider))
    return route.first.model.label


async def receivers_agreed(workspace: Workspace, providers: Sequence[str], *, yes: bool) -> None:
    """The same for providers by name. Raises ConsentRequired."""
    receivers = await workspace.receivers_to_agree(providers)
    if not receivers:
        return
    names = " and ".join(receivers)
    if not yes:
        if not interactive():
            raise ConsentRequired(
                f"Code of {workspace.root} has not been allowed to go to {names}.",
                fix="Run it again with --yes to allow it for this workspace.",
            )
        question = f"Send code of {workspace.root} to {names}? This is asked once per workspace"
        if not await asyncio.to_thread(click.confirm, question, err=True):
            raise ConsentRequired(f"Nothing was sent to {names}.", fix="Answer yes, or use --yes.")
    await workspace.agree(receivers)


async def long_prompt(error: PriceNotAgreed) -> bool:
    """Ask about the price of a very long prompt; nobody is asked where there is no terminal."""
    if not interactive():
        return False
    with still():
        return await asyncio.to_thread(click.confirm, f"{error.message} Send it?", err=True)


def told_costs(calls: Iterable[Any]) -> None:
    """The cost of each call, on stderr."""
    show(render.costs(calls), err=True)


def shown_path(workspace: Workspace) -> Callable[[str], str]:
    """Workspace-relative paths as seen from the current folder, so that terminals can follow them."""
    here = Path.cwd()

    def where(path: str) -> str:
        absolute = workspace.root / path
        return str(absolute.relative_to(here)) if absolute.is_relative_to(here) else str(absolute)

    return where
