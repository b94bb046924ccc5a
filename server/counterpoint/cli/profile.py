"""Which profile fits is asked once, where a person sets things up, and written into their own config.toml."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import click

from counterpoint import config, paths, profiles
from counterpoint.cli.terminal import interactive, line, show, tell
from counterpoint.errors import ConfigError

_ASKED = "profile-asked"
_LINE = re.compile(
    r"^(?P<key>[ \t]*(?:profile|\"profile\"|'profile')[ \t]*=[ \t]*)(?P<value>\"[^\"\n]*\"|'[^'\n]*')", re.M
)
_TABLE = re.compile(r"^[ \t]*\[", re.M)


def chosen(name: str) -> Path:
    """Write the profile into the user's config.toml, whose every other word stays. Returns the file.

    Raises ConfigError for a file that is no TOML, or in which there is no safe place for the line.
    """
    file = paths.folders().config_file
    try:
        text = file.read_bytes().decode("utf-8")
    except FileNotFoundError:
        text = ""
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} is not UTF-8.", fix="Save it as UTF-8.") from error
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}.", fix="See its permissions.") from error
    # Where the file is a link into a folder of settings, that one is written.
    paths.write_private(file.resolve(), with_profile(text, name).encode("utf-8"))
    _remember()
    return file


def with_profile(text: str, name: str) -> str:
    """A config.toml with the profile in it: in the place of another one, else as the first line.

    Raises ConfigError where that would change anything else, as in a file that is no TOML.
    """
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    text = text.removeprefix(mark)
    top = text[: table.start()] if (table := _TABLE.search(text)) else text
    if found := _LINE.search(top):
        made = f'{text[: found.start("value")]}"{name}"{text[found.end("value") :]}'
    else:
        end = "\r\n" if "\r\n" in text else "\n"
        made = f'profile = "{name}"{end}{text}'
    try:
        before, after = tomllib.loads(text), tomllib.loads(made)
    except tomllib.TOMLDecodeError:
        before, after = {}, {}
    if after != {**before, "profile": name}:
        raise ConfigError(
            "There is no safe place for the line in your config.toml.",
            fix=f'Put profile = "{name}" at its top yourself.',
        )
    return mark + made


def ask_once() -> None:
    """Ask which profile fits, where a person is there to answer who was not asked before and has chosen none.

    An empty answer chooses none. Whatever the answer, it is not asked again.
    """
    if not (interactive() and sys.stdout.isatty()) or _was_asked() or "profile" in config.load(None).origins:
        return
    show([line(("How do you work? This is asked once.", "bold"))], err=True)
    names = profiles.names()
    show([line(f"  {at}  {name:<12}{profiles.about(name)}") for at, name in enumerate(names, 1)], err=True)
    given = click.prompt(
        "A number or a name, or nothing for the defaults",
        default="",
        show_default=False,
        err=True,
        value_proc=_name,
    )
    if not given:
        _remember()
        tell("No profile: the defaults count. `counterpoint setup --profile NAME` chooses one later.")
        return
    tell(f"{given} stands in {chosen(given)} now; `counterpoint setup profile` lists what it sets.")


def _name(answer: str) -> str:
    """The profile meant by a number or a name; "" for none."""
    names = profiles.names()
    answer = answer.strip().lower()
    if answer.isdecimal() and 1 <= int(answer) <= len(names):
        return names[int(answer) - 1]
    if answer and answer not in names:
        raise click.BadParameter(f"Give 1 to {len(names)}, one of {', '.join(names)}, or nothing.")
    return answer


def _was_asked() -> bool:
    return (paths.folders().state / _ASKED).exists()


def _remember() -> None:
    paths.write_private(paths.folders().state / _ASKED, "")
