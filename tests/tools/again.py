"""Second runs: a test of many processes that failed is run once more, by itself.

On a busy machine about one in ten thousand of them waits too long for a server, an editor or a socket. One
that passes then is shaky: it is named and counted, its first failure is kept, and a run with more than
`MOST_SHAKY` of them fails. Tests of one file whose set-up failed in the same way, an editor's session say,
are one. A test that fails again fails the run. Unit tests have no second run: nothing that the machine does
beside them may change what they show. Of those that run alone only editors have one: the others measure.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

import pytest

REPORTS = Path(".tools") / "tests"
SHAKY = REPORTS / "shaky.json"
TEXTS = REPORTS / "shaky"
HAVE_SECOND_RUNS = {
    "together": ("tests/e2e/", "tests/integration/"),
    "alone": ("tests/e2e/neovim/", "tests/e2e/vscode/"),
}
"""Beginnings of the names of such tests, by pass."""
MOST_SHAKY = 3
MOST_TRIED = 10
AGAIN = 75
"""The exit code of a pass in which nothing went wrong but tests that may have a second run. Whatever goes
wrong after that was settled, in the pass's own clean-up say, ends it with another one."""

SPOILT = pytest.StashKey[bool]()
"""Whether a worker died, which leaves tests without a run."""


def failed_in(name: str) -> Path:
    """Where a pass writes down how its tests failed."""
    return REPORTS / f"failed-{name}.json"


def settle(session: pytest.Session, name: str) -> None:
    """At the end of the pass of this name: write down how its tests failed, and say with `AGAIN` if a second
    run may settle them all. Workers leave that to the process that hands the tests out."""
    if hasattr(session.config, "workerinput"):
        return
    terminal = session.config.pluginmanager.get_plugin("terminalreporter")
    reports = (
        [] if terminal is None else [*terminal.stats.get("failed", []), *terminal.stats.get("error", [])]
    )
    texts: dict[str, str] = {}
    for report in reports:
        texts[report.nodeid] = "\n\n".join(filter(None, [texts.get(report.nodeid), _text(report)]))
    if texts:
        failed_in(name).parent.mkdir(parents=True, exist_ok=True)
        failed_in(name).write_text(json.dumps(texts, indent=1), "utf-8")
    # A file that could not be imported, or a pass broken off, leaves tests without their first run.
    whole = not (session.shouldfail or session.shouldstop or session.config.stash.get(SPOILT, False))
    whole = whole and all(isinstance(report, pytest.TestReport) for report in reports)
    if session.exitstatus == pytest.ExitCode.TESTS_FAILED and whole and may_run_again(name, texts):
        session.exitstatus = AGAIN


def _text(report: pytest.TestReport | pytest.CollectReport) -> str:
    sections = (f"---- {title} ----\n{text}" for title, text in report.sections)
    return "\n\n".join([f"{report.nodeid} ({report.when})", report.longreprtext, *sections])


def may_run_again(of_pass: str, names: Collection[str]) -> bool:
    return bool(names) and all(name.startswith(HAVE_SECOND_RUNS[of_pass]) for name in names)


def together_again(texts: Mapping[str, str]) -> list[list[str]]:
    """The names of what failed, as they are run again: those of a file that share a set-up share it."""
    found: dict[tuple[str, str], list[str]] = {}
    for name, text in texts.items():
        key = name, ""
        if text.startswith(f"{name} (setup)"):
            how = "\n".join(line for line in text.splitlines() if line.startswith("E "))
            key = name.partition("::")[0], how
        found.setdefault(key, []).append(name)
    return [*found.values()]


def second_runs(
    folder: Path, passes: Sequence[str], passes_again: Callable[[str, Sequence[str], int], bool]
) -> bool:
    """Run what failed in these passes again in `folder`, by `passes_again(pass, names, number)`; whether that
    settles all of it."""
    texts = {one: json.loads((folder / failed_in(one)).read_text("utf-8")) for one in passes}
    failed = [(one, names) for one in passes for names in together_again(texts[one])]
    if len(failed) > MOST_TRIED:
        print(f"{len(failed)} tests failed: more than {MOST_TRIED}, so none has a second run.", flush=True)
        return False
    shaky: dict[str, str] = {}
    count = 0
    for number, (one, names) in enumerate(failed, 1):
        passed = passes_again(one, names, number)
        told = "shaky, passed by itself" if passed else "failed again by itself"
        print("\n".join(f"{told}: {name}" for name in names), flush=True)
        if passed:
            count += 1
            shaky |= {name: texts[one][name] for name in names}
    _keep(folder, shaky)
    if count > MOST_SHAKY:
        print(f"{count} tests are shaky: more than {MOST_SHAKY}, so the run fails.", flush=True)
    return len(failed) == count <= MOST_SHAKY


def _keep(folder: Path, texts: Mapping[str, str]) -> None:
    (folder / TEXTS).mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(texts.values(), 1):
        (folder / TEXTS / f"{number}.txt").write_text(text, "utf-8")
    (folder / SHAKY).write_text(json.dumps(list(texts)), "utf-8")


def shaky_tests(folder: Path) -> Sequence[str]:
    """The names of the tests that were shaky in the last run in `folder`."""
    kept = folder / SHAKY
    return [str(name) for name in json.loads(kept.read_text("utf-8"))] if kept.exists() else []
