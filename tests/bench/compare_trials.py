"""Whether `compare` ranks two models rightly, and says nothing where there is nothing to say.

    python -m tests.bench.compare_trials [--repeats 40] [--cases 12] [--runs 3] [--scenario clear]

Everything is the product but the models and the clock by which calls are timed: the bundled sample as a
repository, its index, the planner, the engine, the ledger, located edits and the comparison itself. Two
models are played whose speed, price and skill are known. Cases differ far more than models do, a run of a
case is unlike the one before, and in each comparison comes an hour in which both are half as fast.

Told is, for each scenario and figure, in how many of the repeats the comparison was right, said nothing, or
was wrong; and in how many of them all of it was right. Times do not depend on the machine: the clock is moved
by the models.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from importlib.resources import as_file, files
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from counterpoint import calls
from counterpoint.answers import FileChange
from counterpoint.calls import Meter
from counterpoint.cli.comparing import live
from counterpoint.comparing.values import Case, Compared, Difference
from counterpoint.flows.compare import Opened, Question, Told, Wanted, compare, compared, labels_of
from counterpoint.flows.doubts import document_after
from counterpoint.models import Usage
from counterpoint.providers import Begun, Chunk, Done, Endpoint, Provider, Request
from counterpoint.tasks import EDIT
from counterpoint.workspace import Workspace, open_workspace

MARK = "  # looked at"
ASKED = re.compile(r"case (\d+) of trial (\d+)")
_DEFINITION = re.compile(r"^ *(?:async )?def \w+\(.*\) -> .*:$")


@dataclass(frozen=True, slots=True)
class Scenario:
    """How the first model stands to the second: its times and its price as shares of the other's, and the
    chance of each that an answer is right."""

    name: str
    speed: float
    price: float
    skills: tuple[float, float]

    @property
    def truth(self) -> Mapping[str, str]:
        """What is true of the first model, by metric."""
        skill = self.skills[0] - self.skills[1]
        return {
            "seconds": _word(1 - self.speed),
            "first_token_seconds": _word(1 - self.speed),
            "cost_usd": _word(1 - self.price),
            "done": _word(skill),
            "tests_passed": _word(skill),
            "absent": _word(skill),
        }


def _word(gain: float) -> str:
    return "better" if gain > 1e-9 else "worse" if gain < -1e-9 else "no difference"


SCENARIOS = (
    Scenario("clear", 0.5, 0.4, (0.95, 0.4)),
    Scenario("mixed", 0.6, 1.8, (0.4, 0.95)),
    Scenario("small", 0.92, 0.92, (0.8, 0.7)),
    Scenario("none", 1.0, 1.0, (0.7, 0.7)),
)
"""Skills are of an average case: half of the wrong answers quote what is not there, half fail the tests."""


@dataclass
class Played:
    """Both models. `random` draws everything; `now` is the time their answers take."""

    name = "played"
    scenario: Scenario = SCENARIOS[0]
    random: random.Random = field(default_factory=lambda: random.Random(0))
    now: float = 1_000.0
    asked: int = 0
    sizes: dict[str, float] = field(default_factory=dict)
    hour: tuple[int, int] = (0, 0)
    """The questions that are asked while everything is slow."""

    def begin(self, scenario: Scenario, seed: int, questions: int) -> None:
        """A new comparison."""
        self.scenario, self.random, self.asked = scenario, random.Random(seed), 0
        self.sizes = {}
        start = self.random.randrange(questions)
        self.hour = (start, start + questions // 3)

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        drawn = self.random
        prompt = "".join(part.text for part in request.parts) + request.suffix
        found = ASKED.search(prompt)
        assert found is not None, "the question must reach the model"
        size = self.sizes.setdefault(found[1], drawn.lognormvariate(0, 0.8))
        first = request.model.name == "quick"
        slow = 2.0 if self.hour[0] <= self.asked < self.hour[1] else 1.0
        self.asked += 1
        pace = slow * (self.scenario.speed if first else 1.0)
        read = len(prompt) // 3
        tokens = max(20, round(300 * size * drawn.lognormvariate(0, 0.35)))
        self.now += pace * 0.8 * drawn.lognormvariate(0, 0.4)
        yield Begun(Usage(input_tokens=read), "req-1")
        text = self.answer(found[1], prompt, self.scenario.skills[0 if first else 1], size)
        yield text[: len(text) // 2]
        self.now += pace * tokens / 60 * drawn.lognormvariate(0, 0.2)
        yield text[len(text) // 2 :]
        yield Done("end", Usage(input_tokens=read, output_tokens=tokens), request.model.id)

    def answer(self, case: str, prompt: str, skill: float, size: float) -> str:
        """A right edit with the chance of the skill, less for large cases; else one of two wrong ones."""
        chance = skill ** min(3.0, max(0.3, size))
        target = re.search(r"the line `(.+?)` of ([\w/.]+) gets", prompt)
        assert target is not None
        old, new = target[1], target[1] + MARK
        if self.random.random() >= chance:
            absent = self.random.random() < 0.5
            old, new = (f"{old} # of another world", new) if absent else (old, old + "  # wrong")
        edit = {"path": target[2], "line": 1, "old": old, "new": new, "reason": "asked", "extra": False}
        return json.dumps({"assumptions": [], "question": "", "moves": [], "deletes": [], "edits": [edit]})

    async def count(self, request: Request) -> int | None:
        return None

    async def close(self) -> None:
        return None


@contextmanager
def timed_by(clock: Callable[[], float]) -> Iterator[None]:
    """Calls are timed by another clock."""
    made = Meter.__init__

    def begun(self: Meter, *values: Any, **named: Any) -> None:
        made(self, *values, **{"started": clock(), **named})

    fake = SimpleNamespace(monotonic=clock)
    with mock.patch.object(Meter, "__init__", begun), mock.patch.object(calls, "time", fake):
        yield


def rows(price: float) -> str:
    """Two rows of the catalogue, alike but for their price."""
    models = []
    for name, share in (("quick", price), ("careful", 1.0)):
        prices = f"{{input = {3.0 * share}, output = {15.0 * share}}}"
        models.append(
            f'{name} = {{provider = "openai", context_tokens = 200000, max_output_tokens = 32000,'
            f' efforts = ["low"], prices = [{prices}]}}'
        )
    return "{" + ", ".join(models) + "}"


@asynccontextmanager
async def world(folder: Path, played: Played, price: float) -> AsyncIterator[Workspace]:
    """The sample as a workspace whose models are played."""
    root = folder / "shop"
    if not root.exists():
        with as_file(files("counterpoint") / "sample") as sample:
            shutil.copytree(sample, root, ignore=shutil.ignore_patterns("__pycache__"))
    environ = {
        "COUNTERPOINT_HOME": str(folder / f"home-{price}"),
        "COUNTERPOINT__MODELS": rows(price),
        "COUNTERPOINT__BUDGET__DAY_USD": "100000.0",
        "COUNTERPOINT__PRIVACY__CONSENT": "true",
        "COUNTERPOINT__KEYS__KEYRING": "false",
        "OPENAI_API_KEY": "sk-played",
    }
    workspace = await open_workspace(root, environ=environ, patience=20.0)
    assert not workspace.loaded.problems, workspace.loaded.problems

    async def opened(endpoint: Endpoint) -> Provider:
        return played

    workspace.engine.ports = replace(workspace.engine.ports, open=opened)
    try:
        yield workspace
    finally:
        await workspace.close()


def cases_in(root: Path, count: int, trial: int) -> list[Case]:
    """Definitions of the repository, each to be given a remark."""
    found: list[Case] = []
    for path in sorted(root.glob("orders/*.py")):
        lines = path.read_text("utf-8").split("\n")
        inner = path.relative_to(root).as_posix()
        for at, line in enumerate(lines):
            if _DEFINITION.match(line) and lines.count(line) == 1:
                words = (
                    f"As case {len(found)} of trial {trial}: the line `{line}` of {inner} gets the remark."
                )
                found.append(Case(f"{inner}:{at + 1}", EDIT.name, inner, (at + 1, at + 1), words))
    drawn = random.Random(trial).sample(found, count)
    return sorted(drawn, key=lambda case: case.name)


def judging(opened: Opened) -> Opened:
    """The cases with their test: the remark must be there."""

    @asynccontextmanager
    async def judged(case: Case) -> AsyncIterator[Question]:
        async def tested(changes: Sequence[FileChange]) -> bool:
            return any(MARK in document_after(one).text for one in changes)

        async with opened(case) as question:
            yield replace(question, tested=tested)

    return judged


async def trial(
    workspace: Workspace, played: Played, scenario: Scenario, seed: int, cases: int, runs: int
) -> Compared:
    """One comparison, start to end."""
    asked = cases_in(workspace.root, cases, seed)
    wanted, told = Wanted(EDIT, ("quick", "careful"), runs, seed=seed), Told()
    played.begin(scenario, seed, 2 * cases * runs)
    with timed_by(lambda: played.now):
        assert await compare(asked, judging(live(workspace, EDIT, "")), wanted, told)
    assert told.ended is None and not told.notes, (told.ended, told.notes)
    assert len(told.runs) == 2 * cases * runs
    return compared(asked, wanted, told, labels_of(workspace.engine, wanted.models))


def verdict(one: Difference, scenario: Scenario) -> str:
    """ "right", "silent" where there is something to say, or "wrong"."""
    truth = scenario.truth[one.metric]
    if one.word == truth:
        return "right"
    return "silent" if one.word in ("no difference", "too few cases") else "wrong"


async def repeated(
    scenario: Scenario, folder: Path, repeats: int, cases: int, runs: int, first: int = 0
) -> list[Compared]:
    """Comparisons that differ in all that is drawn."""
    played = Played()
    async with world(folder, played, scenario.price) as workspace:
        return [await trial(workspace, played, scenario, first + at, cases, runs) for at in range(repeats)]


def told_of(scenario: Scenario, found: Sequence[Compared]) -> list[str]:
    """The figures of a scenario as rows."""
    out = []
    for metric, truth in scenario.truth.items():
        ones = [one for each in found for one in each.differences if one.metric == metric]
        count = Counter(verdict(one, scenario) for one in ones)
        width = sum((one.high or 0) - (one.low or 0) for one in ones) / max(1, len(ones))
        out.append(
            f"  {metric:20} truly {truth:13} right {count['right']:3}  silent {count['silent']:3}"
            f"  wrong {count['wrong']:3} of {len(ones)}; mean width {width:.2f}"
        )
    ranked = sum(_ranked(each, scenario) for each in found)
    clean = sum(all(verdict(one, scenario) != "wrong" for one in each.differences) for each in found)
    whole = sum(all(verdict(one, scenario) == "right" for one in each.differences) for each in found)
    out.append(f"  speed, price and skill ranked rightly in {ranked} of {len(found)}")
    out.append(f"  all six right in {whole}, nothing wrong in {clean} of {len(found)}")
    return out


def _ranked(found: Compared, scenario: Scenario) -> bool:
    """Whether speed, price and skill are told as they are."""
    words = {one.metric: verdict(one, scenario) for one in found.differences}
    return all(words[name] == "right" for name in ("seconds", "cost_usd", "tests_passed"))


async def main(repeats: int, cases: int, runs: int, only: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for scenario in SCENARIOS:
            if only in ("", scenario.name):
                found = await repeated(scenario, Path(folder), repeats, cases, runs)
                first, second = scenario.skills
                print(
                    f"{scenario.name}: {cases} cases, {runs} runs; speed x {scenario.speed}, price x"
                    f" {scenario.price}, skill {first} and {second}"
                )
                print("\n".join(told_of(scenario, found)), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=40)
    parser.add_argument("--cases", type=int, default=12)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--scenario", default="", choices=["", *(one.name for one in SCENARIOS)])
    given = parser.parse_args()
    asyncio.run(main(given.repeats, given.cases, given.runs, given.scenario))
