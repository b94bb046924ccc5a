"""`counterpoint compare --migrate OLD NEW`: what a change of the model means; paid for, also in findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from counterpoint.cli import migrate_told
from counterpoint.cli.comparing import Asking, live, made
from counterpoint.cli.migrate_shape import shape
from counterpoint.cli.opened import receivers_agreed
from counterpoint.cli.terminal import print_json, progress, show, tell, write_text
from counterpoint.comparing.migration import Migration
from counterpoint.comparing.values import Case, Compared
from counterpoint.errors import CounterpointError, UsageError
from counterpoint.flows.compare import Wanted
from counterpoint.flows.migrate import Draw, migrate
from counterpoint.models import Model
from counterpoint.tasks import REVIEW
from counterpoint.workspace import Workspace

_REVIEWED = 8
"""Files that both models review where the user has named a price for it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How it is to be told. `max_cost` in USD: what reviews by both models may cost, None for none."""

    form: str = "text"
    yes: bool = False
    max_cost: float | None = None
    prompts: int = 24
    days: int = 30
    seed: int = 0


async def run(workspace: Workspace, old: str, new: str, wish: Wish) -> int:
    """Work it out and print it; the exit code. Raises UsageError for models that are unknown or the same."""
    models = workspace.catalogue.model(old), workspace.catalogue.model(new)
    await _agreed(workspace, models, yes=wish.yes)
    draw = Draw(wish.prompts, wish.days, wish.seed)
    with progress("Counting") as bar:
        found = await migrate(workspace.engine, workspace.project, models, draw, bar.step)
    if wish.max_cost is None:
        _print(found, None, wish.form)
        return 0
    try:
        reviews, code = await _reviewed(workspace, found, wish)
    except CounterpointError:
        _print(found, None, wish.form)  # it cost nothing, and stands
        raise
    _print(found, reviews, wish.form)
    return code


async def _agreed(workspace: Workspace, models: Sequence[Model], *, yes: bool) -> None:
    """Counting sends prompts: where a vendor would count, the user has agreed to it, or does now."""
    usable = await workspace.reach.usable()
    allowed = workspace.settings.providers.allow
    asked = {one.provider for one in models if one.provider in usable and one.provider in allowed}
    await receivers_agreed(workspace, sorted(asked - {"embedded"}), yes=yes)


async def _reviewed(workspace: Workspace, found: Migration, wish: Wish) -> tuple[Compared, int]:
    """The same files reviewed by both models, once each."""
    paths = list(dict.fromkeys(one.path for one in found.counted if one.task == REVIEW.name))[:_REVIEWED]
    if not paths:
        raise UsageError("No file can be reviewed by both models.", fix="Leave --max-cost out.")
    cases = tuple(Case(path, REVIEW.name, path) for path in paths)
    wanted = Wanted(REVIEW, (found.old.name, found.new.name), 1, "", wish.max_cost, wish.seed)
    return await made(workspace, Asking(cases, live(workspace, REVIEW, ""), wanted), yes=wish.yes)


def _print(found: Migration, reviews: Compared | None, form: str) -> None:
    if form == "json":
        print_json(shape(found, reviews))
    elif form == "html":
        from counterpoint.cli.migrate_page import page

        write_text(page(found, reviews))
    else:
        show(migrate_told.lines(found, reviews))
    for note in found.notes:
        tell(note, style="yellow")
