"""`counterpoint compare TASK ...`: the same questions to several models, measured; nothing is written."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import click

from counterpoint.cli import compare_cases, compare_told
from counterpoint.cli.comparing import Asking, given, live, made, paths_of, price_of, said, task_of, told_caps
from counterpoint.cli.frame import wait_for
from counterpoint.cli.opened import format_option, opened, yes_option
from counterpoint.cli.terminal import print_json, show, tell, write_text
from counterpoint.comparing.values import Case, Compared
from counterpoint.errors import NoUsableRole, UsageError
from counterpoint.flows.compare import Wanted
from counterpoint.flows.compare_price import Priced
from counterpoint.tasks import TASKS, AnyTask, task_named
from counterpoint.workspace import Workspace

_MOST_RUNS = 50
_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


@dataclass(frozen=True, slots=True)
class Options:
    """A command line. `test` None: the command of the settings; `migrate`: the change from one model to
    another is to be told, of which no task is named."""

    task: str | None
    targets: tuple[str, ...]
    instruction: str
    models: str
    runs: int
    effort: str | None
    git: int
    cases: tuple[str, ...]
    test: str | None
    max_cost: float | None
    seed: int
    form: str
    estimate: bool
    yes: bool
    migrate: tuple[str, str] | None = None
    every: bool = False
    save: str | None = None


@click.command("compare")
@click.argument("task", required=False)
@click.argument("targets", nargs=-1, metavar="[FILE[:L1-L2]]...")
@click.option("--instruction", default="", metavar="TEXT", help="What is asked, for tasks that need words.")
@click.option("--models", default="", metavar="A,B", help="Rows of the catalogue; by default the two voices.")
@click.option(
    "--runs", type=click.IntRange(1, _MOST_RUNS), default=3, show_default=True, help="Runs of each case."
)
@click.option("--effort", type=click.Choice(_EFFORTS), help="How hard to think; by default the task's own.")
@click.option("--git", type=click.IntRange(min=0), default=0, metavar="N", help="N cases out of the history.")
@click.option("--case", "cases", multiple=True, metavar="NAME", help="A case that was saved.")
@click.option("--cases", "every", is_flag=True, help="All saved cases of the task.")
@click.option("--save", metavar="NAME", help="Save the question as a case; nothing is sent.")
@click.option("--test", metavar="CMD", help="Run these tests on a copy with each change made.")
@click.option("--max-cost", type=click.FloatRange(min=0), metavar="USD", help="Refuse beyond this.")
@click.option("--seed", type=int, default=0, help="Draws cases and orders: the same seed, the same ones.")
@click.option("--estimate", is_flag=True, help="Only tell what it would cost; nothing is sent.")
@click.option(
    "--migrate",
    nargs=2,
    metavar="OLD NEW",
    help="Tell what changing the model means here: tokens, price, caches; with --max-cost findings, too.",
)
@format_option("text", "json", "html")
@yes_option
def command(**options: object) -> int:
    """Put the same questions to several models: time, tokens, price, and what the answers are worth.

    TASK is a shipped one, or one of yours in .counterpoint/tasks.
    """
    return wait_for(lambda: _run(Options(**options)))  # type: ignore[arg-type]  # named as the options are


async def _run(options: Options) -> int:
    if options.migrate:
        return await _migrated(options, *options.migrate)
    if options.task is None:
        raise UsageError(
            "No task is named.", fix="Name one, such as edit or review, or use --migrate OLD NEW."
        )
    shipped = task_of(options.task) if options.task in TASKS else None
    async with opened(paths_of(shipped, options.targets)) as workspace:
        own = None if shipped else await asyncio.to_thread(compare_cases.own_task, workspace, options.task)
        task = own.task if own else task_named(options.task)
        if options.save is not None:
            return await _saved(workspace, options, task)
        models = _models(workspace, options.models)
        if not options.models:
            await _has_keys(workspace, models)
        wanted = Wanted(task, models, options.runs, options.effort or "", options.max_cost, options.seed)
        test = workspace.settings.compare.test_command if options.test is None else options.test
        cases = compare_cases.put_to(own, await _cases(workspace, options, task, models))
        async with compare_cases.opened(workspace, task, test, live(workspace, task, test)) as ready:
            asking = Asking(cases, ready, wanted)
            if options.estimate:
                price = await price_of(asking)
                await told_caps(workspace, price, wanted)
                return _estimated(price, wanted, options.form)
            found, code = await made(workspace, asking, yes=options.yes)
    _print(found, options.form)
    return code


def _estimated(price: Priced, wanted: Wanted, form: str) -> int:
    if form == "json":
        print_json(compare_told.estimate(price))
    else:
        show(compare_told.estimate_lines(price, said(price, wanted)))
    return 0


async def _cases(
    workspace: Workspace, options: Options, task: AnyTask, models: tuple[str, ...]
) -> tuple[Case, ...]:
    """What is asked: places on the command line, saved cases, and commits. Raises UsageError."""
    others = options.git or options.cases or options.every
    cases: tuple[Case, ...] = ()
    if options.targets or not others:
        cases = given(workspace, task, options.targets, options.instruction)
    if options.cases or options.every:
        cases += await asyncio.to_thread(compare_cases.saved, workspace, task, options.cases)
    if options.git:
        cases += await asyncio.to_thread(
            compare_cases.mined, workspace, task, options.git, options.seed, models
        )
    return cases


async def _saved(workspace: Workspace, options: Options, task: AnyTask) -> int:
    name = options.save or ""
    cases = given(workspace, task, options.targets, options.instruction)
    path = await asyncio.to_thread(compare_cases.save, workspace, name, cases)
    tell(f"Saved as {path}. Ask it with: counterpoint compare {task.name} --case {name}")
    return 0


def _models(workspace: Workspace, named: str) -> tuple[str, ...]:
    """The rows that are named, or the first ones of both roles. Raises UsageError for fewer than two,
    ConfigError for a name of none."""
    rows = workspace.catalogue.roles
    voices = (*rows.get("fast", ())[:1], *rows.get("deep", ())[:1])
    models = tuple(dict.fromkeys(name.strip() for name in named.split(",") if name.strip())) or voices
    if len(set(models)) < 2:
        raise UsageError("A comparison takes two models or more.", fix="Name them: --models A,B.")
    for name in models:
        workspace.catalogue.model(name)  # a name that is wrong is told before the history is searched
    return models


async def _has_keys(workspace: Workspace, models: Sequence[str]) -> None:
    """Raises NoUsableRole where one of the two voices has no key, with models that can be compared so."""
    usable, allowed = await workspace.reach.usable(), workspace.settings.providers.allow
    rows = workspace.catalogue.models
    without = next((name for name in models if rows[name].provider not in usable), None)
    if without is None or rows[without].provider not in allowed:
        return  # what is not allowed is told where the question is routed
    named = dict.fromkeys(name for row in workspace.catalogue.roles.values() for name in row)
    able = [name for name in named if rows[name].provider in {*usable} & {*allowed} - {"embedded"}]
    vendor, others = rows[without].provider, ",".join(able[:2])
    raise NoUsableRole(
        f"No key for the model {without} ({vendor}).",
        fix=f"Set one with `counterpoint keys set {vendor}`"
        + (f", or compare models of your own key: --models {others}." if len(able) > 1 else "."),
    )


async def _migrated(options: Options, old: str, new: str) -> int:
    from counterpoint.cli import compare_migrate

    if options.task is not None:
        raise UsageError("--migrate is about all tasks.", fix=f"Leave {options.task} out.")
    wish = compare_migrate.Wish(options.form, options.yes, options.max_cost, seed=options.seed)
    async with opened() as workspace:
        return await compare_migrate.run(workspace, old, new, wish)


def _print(found: Compared, form: str) -> None:
    if form == "json":
        print_json(compare_told.shape(found))
    elif form == "html":
        from counterpoint.cli.compare_page import page

        write_text(page(found))
    else:
        show(compare_told.lines(found))
    for note in found.notes if form != "text" else ():  # whoever reads a file of it later finds them there
        tell(note, style="yellow")
    if found.ended:
        tell(f"Ended before all runs were made: {found.ended}", style="yellow")
