"""The frame of every verb: found by name, run, and its failures told in one line with the right exit code."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
import traceback
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click

from counterpoint import __version__
from counterpoint.cli.terminal import clean
from counterpoint.errors import CounterpointError

VERBS: dict[str, str] = {
    "demo": "see it work: the real server, an editor played, a sample project",
    "complete": "one completion at FILE:LINE:COL",
    "review": "review files, or what has changed",
    "edit": "change files by instruction; prints a diff",
    "refactor": "change code and keep what relies on it; prints a diff",
    "investigate": "find out why a program failed: causes, and a diff",
    "ask": "answer a question about the workspace, with citations",
    "context": "exactly what would be sent, with nothing sent",
    "index": "bring the index of the workspace up to date, and what it holds",
    "route": "which model would answer, and why",
    "compare": "the same questions to several models: time, price, and what answers are worth",
    "models": "the catalogue of models with their prices",
    "config": "settings in force, and where each came from",
    "keys": "store API keys in the operating system's keyring",
    "costs": "what was spent, on what",
    "doctor": "check the installation; --live checks the real vendors",
    "setup": "print the configuration for an editor, for GitHub or for pre-commit",
    "baseline": "findings the team has set aside: add, list, prune",
    "serve": "the language server (stdio)",
}

_ELSEWHERE = {
    "status": " What is in force `counterpoint doctor` tells, what is spent `counterpoint costs`.",
}
"""Where people look for what is found under another name."""

INTERRUPTED = 130
_PRIORITY = (INTERRUPTED, 2, 1, 4, 3, 0)


class _Clean(logging.Formatter):
    """What is logged, with nothing in it that a terminal obeys."""

    def format(self, record: logging.LogRecord) -> str:
        return clean(super().format(record))


@dataclass
class Invocation:
    """What the frame must know after the verb has ended."""

    verbose: bool = False
    log: logging.Handler | None = None

    def listens(self) -> None:
        """Show what is logged from now on: of each call who was asked, why, and what it came to."""
        self.verbose, self.log = True, logging.StreamHandler(sys.stderr)
        self.log.setFormatter(_Clean())
        logging.getLogger("counterpoint").addHandler(self.log)
        logging.getLogger("counterpoint").setLevel(logging.INFO)

    def ended(self) -> None:
        """As it was before."""
        if self.log is not None:
            logging.getLogger("counterpoint").removeHandler(self.log)
            logging.getLogger("counterpoint").setLevel(logging.NOTSET)


def worst(codes: Iterable[int]) -> int:
    """The exit code where several apply: 130, 2, 1, 4, 3, 0 in this order."""
    return min(codes, key=_PRIORITY.index, default=0)


class Verbs(click.Group):
    """Imports a verb's file when the verb is called, and adds `--verbose` to it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        command: click.Command = import_module(f"counterpoint.cli.{cmd_name}").command
        _add_verbose(command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # Help must not import every verb.
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in VERBS:
            import difflib

            near = difflib.get_close_matches(args[0], VERBS, n=1)
            hint = f" Did you mean {near[0]}?" if near else _ELSEWHERE.get(args[0], "")
            raise click.UsageError(f"There is no command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)


def _add_verbose(command: click.Command) -> None:
    members = command.commands.values() if isinstance(command, click.Group) else [command]
    for member in members:
        if all(item.name != "verbose" for item in member.params):
            member.params.append(
                click.Option(
                    ["--verbose"],
                    is_flag=True,
                    expose_value=False,
                    callback=_note_verbose,
                    help="Log each call with the reason for its model, and add the trace to an error.",
                )
            )


def _note_verbose(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        ctx.find_object(Invocation).listens()  # type: ignore[union-attr]  # `run` passes one


@click.command("counterpoint", cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="counterpoint", message="%(prog)s %(version)s")
def group() -> None:
    """Write with GPT-5.5, have Opus 4.7 read it: in your editor by LSP, and here."""


def run(arguments: Sequence[str]) -> int:
    """Run a command line; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # a test's own stream
    invocation = Invocation()
    try:
        result = group.main(list(arguments), prog_name="counterpoint", standalone_mode=False, obj=invocation)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except BrokenPipeError:
        # Whoever read our output has seen enough; Python would complain again while it ends.
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115
        return 0
    except (KeyboardInterrupt, click.exceptions.Abort):
        return _told("Interrupted.", INTERRUPTED, invocation)
    except click.exceptions.Exit as left:
        return left.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        # Help has lines: on one it is of no use to anybody.
        click.echo(error.format_message(), err=True)
        return 2
    except click.ClickException as error:
        return _told(_usage(error), 2, invocation)
    except CounterpointError as error:
        return _told(str(error), error.exit_code, invocation)
    except Exception as error:  # noqa: BLE001  # the outermost edge
        return _told(
            f"Counterpoint failed: {type(error).__name__}: {error}."
            " Run it again with --verbose and report what it prints.",
            2,
            invocation,
        )
    finally:
        invocation.ended()


def _usage(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    path = context.command_path if context else "counterpoint"
    message = error.format_message().rstrip(".")
    return f"{message}{'' if message.endswith('?') else '.'} See: {path} --help"


def _told(message: str, code: int, invocation: Invocation) -> int:
    if invocation.verbose:
        traceback.print_exc()
    with contextlib.suppress(OSError):
        sys.stderr.write(clean(" ".join(message.split())) + "\n")
    return code


def wait_for(work: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """Run a verb's coroutine to its end. Ctrl+C cancels it: sockets close, the ledger is written."""
    return asyncio.run(work())
