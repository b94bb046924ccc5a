"""`counterpoint demo [PATH]`: the real server at work, this command playing the editor.

With no key it runs on the small model of this machine, and the large models' answers are played from a
script; with keys it runs on the real ones, the price shown first. It works on a copy of the bundled sample,
or reads the repository named; it never writes into that.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

import click

from counterpoint import paths
from counterpoint.cli import demo_scenes as scenes
from counterpoint.cli import render
from counterpoint.cli.demo_client import Editor, editor
from counterpoint.cli.demo_files import COMPLETED, Place, files_of, places_in, places_in_sample, typed
from counterpoint.cli.demo_played import INSTRUCTION, played
from counterpoint.cli.frame import wait_for
from counterpoint.cli.opened import yes_option
from counterpoint.cli.terminal import interactive, tell
from counterpoint.errors import CounterpointError, UsageError
from counterpoint.providers.embedded import embedded_available
from counterpoint.settings import Settings
from counterpoint.tasks import COMPLETE, EDIT, REVIEW
from counterpoint.text import Document, Situation, Span, language_of
from counterpoint.workspace import Workspace, open_workspace

SAMPLE = ("orders/reservations.py", "orders/payments.py", "orders/api.py", "fulfilment/src/picker.ts")
REVIEWED = "orders/status.py"
EDITED = ("orders/api.py", "async def search_orders", 6)


@dataclass(frozen=True, slots=True)
class Stage:
    """Where it plays: `sample` False for a repository of the user's, `real` True with the user's keys."""

    root: Path
    sample: bool
    real: bool
    environ: Mapping[str, str]
    ledger: Path


@click.command("demo")
@click.argument("path", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--played", "no_keys", is_flag=True, help="Play the models even where keys are set.")
@yes_option
def command(path: Path | None, *, no_keys: bool, yes: bool) -> int:
    """See Counterpoint work, on a sample project or on PATH; needs no key and no network."""
    return wait_for(lambda: _run(path, no_keys=no_keys, yes=yes))


async def _run(path: Path | None, *, no_keys: bool, yes: bool) -> int:
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="counterpoint-demo-") as folder:
        root = await asyncio.to_thread(_root, path, Path(folder))
        real = not no_keys and await _agreed(root, sample=path is None, yes=yes)
        home = Path(folder) / "home"
        environ = dict(os.environ) if real else _without_keys(home)
        ledger = paths.folders(environ).state / "ledger.sqlite3"
        await _show(Stage(root, path is None, real, environ, ledger))
    scenes.heading("What next", f"the demo took {render.duration(time.monotonic() - started)}")
    for row in _NEXT:
        scenes.say(f"  {row}")
    return 0


_NEXT = (
    "counterpoint review PATH           the findings above, on your code; exit code for CI",
    "counterpoint keys set anthropic    Opus 4.7 reviews       (or ANTHROPIC_API_KEY)",
    "counterpoint keys set openai       GPT-5.5 writes         (or OPENAI_API_KEY)",
    "counterpoint doctor --live         checks both with your keys, for at most $0.10",
    "counterpoint setup neovim          the configuration for your editor; VS Code: see the README",
)


def _root(path: Path | None, folder: Path) -> Path:
    if path is not None:
        return path.resolve()
    root = folder.resolve() / "orderdesk"
    with as_file(files("counterpoint") / "sample") as sample:
        shutil.copytree(sample, root, ignore=shutil.ignore_patterns("__pycache__"))
    return root


def _without_keys(home: Path) -> dict[str, str]:
    """An environment in which no key, endpoint or setting of the user's reaches the server."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith(("OPENAI_", "ANTHROPIC_", "COUNTERPOINT_"))
        and not name.upper().endswith(("_API_KEY", "_PROXY"))
    }
    return {**kept, "COUNTERPOINT_HOME": str(home), "COUNTERPOINT__KEYS__KEYRING": "false"}


async def _agreed(root: Path, *, sample: bool, yes: bool) -> bool:
    """True if there are keys and the user agrees to the price of running on the real models."""
    workspace = await open_workspace(root)
    try:
        usable = await workspace.reach.usable() - {"embedded"}
        if not usable:
            return False
        price = await _price(workspace, sample=sample)
    finally:
        await workspace.close()
    what = "the sample project" if sample else str(root)
    tell(
        f"Keys for {' and '.join(sorted(usable))} are set: the demo can run on the real models.", style="bold"
    )
    tell(f"It would send code of {what} there, for {price}.")
    if yes:
        return True
    if not interactive():
        tell("Not asked for (--yes): the models are played.", style="yellow")
        return False
    return await asyncio.to_thread(click.confirm, "Run it on the real models?", default=False, err=True)


async def _price(workspace: Workspace, *, sample: bool) -> str:
    """The price of the demo's calls, from the probable to the highest."""
    asks = [(COMPLETE, COMPLETED[0][0])]
    if sample:
        asks += [(COMPLETE, COMPLETED[0][0]), (REVIEW, REVIEWED), (EDIT, EDITED[0])]  # type: ignore[list-item]
    low = high = most = 0.0
    for task, path in asks:
        document = workspace.project.read(path) if sample else Document.of("a.py", "x = 1\n" * 300, "python")
        if document is None:
            raise UsageError(f"{path} is missing.", fix="Reinstall Counterpoint.")
        span = Span(0, 0) if task is COMPLETE else Span(0, len(document.text))
        found = await workspace.engine.estimate(
            task, Situation(document, span, workspace.project, INSTRUCTION)
        )
        low, high, most = low + found.cost_usd[0], high + found.cost_usd[1], most + found.upper_usd
    return f"{render.usd_range(low, high)} (at most ${most:.2f})"


async def _show(stage: Stage) -> None:
    async with editor(stage.root, stage.environ) as (client, hello, seconds):
        if stage.real:
            # The user has agreed on the command line, with the price in view.
            client.answer = lambda params: params["actions"][0]["title"]
        _greet(stage, hello, seconds)
        names = SAMPLE if stage.sample else await files_of(stage.root)
        scenes.heading("Findings of the static rules", "published as you open a file")
        found = await scenes.findings(client, list(names))
        scenes.heading("A quick fix", "located anew in the text as it is now")
        if not await scenes.quick_fix(client, found):
            scenes.say("None of these findings brings a fix.")
        await _completions(stage, client, names)
        if stage.real:
            await _large(stage, client)
        elif not stage.sample:
            await _menu(client, names)
    if not stage.real and stage.sample:
        await _played(stage)
    scenes.heading("The ledger", "every call, append-only; prices of played calls are what real ones cost")
    await asyncio.to_thread(scenes.money, stage.ledger)


def _greet(stage: Stage, hello: Mapping[str, object], seconds: float) -> None:
    info, able = hello.get("serverInfo"), hello.get("capabilities")
    assert isinstance(info, dict)
    assert isinstance(able, dict)
    scenes.heading(f"{info['name']} {info['version']}", f"serves {stage.root}")
    commands = len((able.get("executeCommandProvider") or {}).get("commands", []))
    scenes.say(
        f"From start to initialized in {render.duration(seconds)}; positions in {able['positionEncoding']},"
        f" {commands} commands. " + ("Your keys are in force." if stage.real else "No key, no network.")
    )


async def _completions(stage: Stage, client: Editor, names: Sequence[str]) -> None:
    model = "GPT-5.5" if stage.real else "SmolLM2 135M on this machine: plumbing, not wisdom"
    scenes.heading("Ghost text", model)
    most = 1 if stage.real else 2
    if stage.sample:
        places = await asyncio.to_thread(places_in_sample, stage.root, most)
    else:
        places = await asyncio.to_thread(places_in, stage.root, names, most)
    if not places:
        scenes.say("These files have no function to complete.")
        return
    if not stage.real and (reason := embedded_available(Settings())):
        scenes.say(f"Not shown: {reason}", "yellow")
        return
    try:
        await _complete(stage, client, places[0])
        if not stage.real:
            scenes.say("  That included loading the model. After one more key:", "dim")
        after = typed(places[0])
        client.change(after.document.path, after.document.text, 3)
        await scenes.completion(client, after, stage.ledger)
        for place in places[1:]:
            await _complete(stage, client, place)
        scenes.heading("What was sent", "`counterpoint context FILE:LINE:COL` shows it before it is")
        await scenes.sent(client, after)
    except CounterpointError as error:
        scenes.say(str(error), "yellow")


async def _complete(stage: Stage, client: Editor, place: Place) -> None:
    document, line = place.document, place.at.line + 1
    if stage.sample:
        client.open(document.path, document.text)
        scenes.say(f"{document.path}:{line}, a function being typed")
    else:
        client.change(document.path, document.text, 2)
        scenes.say(f"{document.path}:{line}, without (in the editor only): {place.removed}")
    await scenes.completion(client, place, stage.ledger)


async def _menu(client: Editor, names: Sequence[str]) -> None:
    scenes.heading("The menu", "Ctrl+. in VS Code, gra in Neovim; with keys each entry shows model and price")
    text = await asyncio.to_thread((client.root / names[0]).read_text, "utf-8", "replace")
    await scenes.menu(client, Document.of(names[0], text, language_of(names[0]), 1))
    scenes.say(
        "Reviews and edits by the large models are played in `counterpoint demo`, on its sample.", "dim"
    )


async def _played(stage: Stage) -> None:
    """A second server, led to a loopback endpoint that speaks the vendors' wires."""
    scenes.heading(
        "The large models, PLAYED", "answers written in advance, real code from the wire to the editor"
    )
    async with played() as variables, editor(stage.root, {**stage.environ, **variables}) as (client, _, _):
        await _large(stage, client)


async def _large(stage: Stage, client: Editor) -> None:
    who = "" if stage.real else " (played)"
    if not stage.sample:
        return
    scenes.heading(
        f"The menu{who}", "Ctrl+. in VS Code, gra in Neovim: model, price and time before you choose"
    )
    path, head, count = EDITED
    text = await asyncio.to_thread((stage.root / path).read_text, "utf-8")
    document = Document.of(path, text, language_of(path), 1)
    if not stage.real:
        client.open(path, text)
        await client.diagnostics(path)  # what is known of keys is asked for when a file is opened
    await scenes.menu(client, document)
    scenes.heading(
        f"Opus 4.7 reviews {REVIEWED}{who}", "every quote is located; what is not there is dropped"
    )
    await scenes.review(client, REVIEWED, ["correctness", "api"])
    first = next(n for n, row in enumerate(document.lines, 1) if row.startswith(head))
    scenes.heading(f"GPT-5.5 edits{who}", "one undoable edit in the editor")
    await scenes.edit(client, document, (first, first + count - 1), INSTRUCTION)
