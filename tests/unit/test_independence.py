"""Who wrote what is asked about does not read it where another model can: who is asked, and what is said."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from counterpoint.answers import FileChange
from counterpoint.calls import Call
from counterpoint.errors import ServerFault
from counterpoint.flows.machine import Machine
from counterpoint.flows.review import Options, Tools, review, unit_of
from counterpoint.flows.reviewing.writers import writer_in
from counterpoint.machine_store import MachineStore
from counterpoint.models import Usage, load_catalogue
from counterpoint.ports import wrote
from counterpoint.providers import Chunk, Request
from counterpoint.reviewing.machine.span import MachineSpan, Origin
from counterpoint.reviewing.unit import Unit
from counterpoint.routing import route
from counterpoint.settings import Providers, Settings
from counterpoint.tasks import EDIT, REFACTOR, REVIEW, VERIFY
from counterpoint.text import Document, Edit, Situation, Span
from tests.asking import engine
from tests.unit.test_review_flow import NOTHING, Played, item, said, stored, verdicts, ways

GPT, OPUS, SONNET, GEMINI = "gpt-5.5", "claude-opus-4-7", "claude-sonnet-4-6", "gemini-3.1-pro"
TWO, ALL = ("openai", "anthropic"), ("openai", "anthropic", "google")

# who wrote it | keys | allowed vendors | who is asked, best first | words of the first one's reason
READERS = [
    ("", TWO, TWO, [OPUS, GPT], "fills the role deep"),
    ("nobody we know", TWO, TWO, [OPUS, GPT], "fills the role deep"),
    (GPT, TWO, TWO, [OPUS, GPT], "fills the role deep"),
    ("GPT-5.5", TWO, TWO, [OPUS, GPT], "fills the role deep"),
    (OPUS, TWO, TWO, [GPT, OPUS], "Opus 4.7 wrote what is asked about"),
    ("Opus 4.7", TWO, TWO, [GPT, OPUS], "Opus 4.7 wrote what is asked about"),
    (SONNET, TWO, TWO, [GPT, OPUS], "Sonnet 4.6 wrote what is asked about"),
    (GEMINI, ALL, ALL, [OPUS, GPT, GEMINI], "fills the role deep"),
    (OPUS, ALL, ALL, [GPT, GEMINI, OPUS], "Opus 4.7 wrote what is asked about"),
    (OPUS, ("anthropic",), TWO, [OPUS], "stands in for GPT-5.5"),
    (OPUS, TWO, ("anthropic",), [OPUS], "fills the role deep"),
    (SONNET, ("anthropic",), ("anthropic",), [OPUS], "fills the role deep"),
    (GPT, ("openai",), TWO, [GPT], "stands in for Opus 4.7"),
]


@pytest.mark.parametrize(("wrote", "keys", "allow", "asked", "because"), READERS)
def test_another_vendor_reads_first(
    wrote: str, keys: Sequence[str], allow: Sequence[str], asked: list[str], because: str
) -> None:
    settings = Settings(providers=Providers(allow=tuple(allow)))
    found = route(replace(REVIEW, written_by=wrote), load_catalogue(), settings, keys)
    assert [one.model.name for one in found.candidates] == asked
    assert because in found.first.reason


def test_where_the_role_has_no_other_vendor_another_model_of_it_reads() -> None:
    catalogue = load_catalogue({"roles": {"deep": [OPUS, SONNET]}})
    found = route(replace(REVIEW, written_by=OPUS), catalogue, Settings(), TWO)
    assert [one.model.name for one in found.candidates] == [SONNET, OPUS]


def test_a_model_whose_price_is_asked_first_stands_in_for_nobody() -> None:
    catalogue = load_catalogue({"roles": {"deep": ["gpt-5.5-pro", OPUS]}})
    found = route(replace(REVIEW, written_by=GPT), catalogue, Settings(), TWO)
    assert [one.model.name for one in found.candidates] == [OPUS]


def call(task: str, model: str) -> Call:
    return Call("j", task, "fast", model, "v", Usage(), 0.0, 0.0, None, "ok")


@pytest.mark.parametrize(
    ("calls", "who"),
    [
        ([], ""),
        ([("edit", GPT)], GPT),
        ([("edit", GPT), ("edit", OPUS)], OPUS),
        ([("edit", GPT), ("repair", OPUS)], GPT),
        ([("edit", GPT), ("repair", OPUS), ("edit", OPUS), ("repair", GPT)], OPUS),
        ([("mine", SONNET)], SONNET),
    ],
    ids=["nobody", "plain", "escalated", "repaired", "both", "a user's own task"],
)
def test_who_answered_last_wrote_it_and_who_mended_it_did_not(calls: list[tuple[str, str]], who: str) -> None:
    assert wrote([call(*one) for one in calls], EDIT.name) == who
    assert wrote([call(*one) for one in calls[:1]], REFACTOR.name) in ("", calls[0][1] if calls else "")


LINES = "def first(a):\n    return a / 0\n\n\ndef second(b):\n    return b / 0\n"


def unit(first: int, last: int, hunks: tuple[tuple[int, int], ...] = ()) -> Unit:
    document = Document.of("a.py", LINES, "python")
    whole = unit_of(Situation(document, document.span_of_lines(first, last)))
    block = replace(whole.block, first_line=first, last_line=last, rest=())
    return replace(whole, block=block, hunks=hunks)


def from_model(model: str, text: str) -> MachineSpan:
    at = LINES.index(text)
    return MachineSpan(Span(at, at + len(text)), "job", model, "edit", 0.0)


@pytest.mark.parametrize(
    ("about", "spans", "writer"),
    [
        (unit(0, 5), [], ""),
        (unit(0, 1), [from_model("Opus 4.7", "a / 0")], "Opus 4.7"),
        (unit(0, 5), [from_model("Opus 4.7", "a / 0")], ""),
        (unit(0, 5, ((1, 1),)), [from_model("Opus 4.7", "a / 0")], "Opus 4.7"),
        (unit(0, 5, ((4, 5),)), [from_model("Opus 4.7", "a / 0")], ""),
        (unit(0, 5), [from_model("GPT-5.5", LINES[:13]), from_model("Opus 4.7", LINES[32:])], "Opus 4.7"),
    ],
    ids=["people", "half", "a line of four", "the changed line", "another line", "most"],
)
def test_who_wrote_most_of_the_lines_that_are_looked_at(
    about: Unit, spans: list[MachineSpan], writer: str
) -> None:
    assert writer_in(about, spans) == writer


class Asked(Played):
    """Notes who was asked for what."""

    def __init__(self, answers: Mapping[tuple[str, str], str]) -> None:
        super().__init__(answers)
        self.who: list[tuple[str, str]] = []

    async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
        async for chunk in super().stream(request):
            if len(self.who) < len(self.asked):
                self.who.append((self.asked[-1][0], request.model.name))
            yield chunk


def tools(*spans: MachineSpan, **more: object) -> Tools:
    async def written(documents: Sequence[Document]) -> dict[str, Sequence[MachineSpan]]:
        return {one.path: spans for one in documents}

    return replace(Tools(), written=written, **more)  # type: ignore[arg-type]


FIRST = from_model("Opus 4.7", LINES[:30])
DIRECT = Options(strategy="direct")


@pytest.mark.asyncio
async def test_each_part_of_a_file_is_read_by_who_did_not_write_it(tmp_path: Path) -> None:
    played = Asked({})
    found = await review(engine(played, tmp_path), [unit(0, 1), unit(4, 5)], DIRECT, tools(FIRST))
    assert sorted(played.who) == [("review", OPUS), ("review", GPT)]
    assert found.complete and found.notice == ""


@pytest.mark.asyncio
async def test_what_its_writer_said_of_it_is_not_taken_for_a_review_by_another(tmp_path: Path) -> None:
    played, store = Asked({}), stored(tmp_path)
    alone = engine(played, tmp_path, usable=frozenset({"anthropic"}))
    first = await review(alone, [unit(0, 1)], DIRECT, tools(FIRST, store=store))
    assert "Opus 4.7 wrote itself what it was asked about" in first.notice
    assert "counterpoint keys set openai" in first.notice
    both = engine(played, tmp_path)
    second = await review(both, [unit(0, 1)], DIRECT, tools(FIRST, store=store))
    third = await review(both, [unit(0, 1)], DIRECT, tools(FIRST, store=store))
    assert played.who == [("review", OPUS), ("review", GPT)]
    assert (second.notice, ways(third)) == ("", [("a.py", "known")])


@pytest.mark.asyncio
@pytest.mark.parametrize("by", ["same", "other"])
async def test_the_second_look_is_not_the_writer_s_either(tmp_path: Path, by: str) -> None:
    played = Asked(
        {
            ("review", "a.py"): said(item("a.py", 2, "a / 0")),
            ("verify", "a.py"): verdicts(("yes", "a.py", 2, "a / 0")),
        }
    )
    options = Options(strategy="find-verify", verify=by)  # type: ignore[arg-type]
    found = await review(engine(played, tmp_path), [unit(0, 1)], options, tools(FIRST))
    assert played.who == [("review", GPT), ("verify", GPT)]
    said_so = "GPT-5.5 looks at its own findings a second time: Opus 4.7 wrote the code."
    assert found.notice == (said_so if by == "other" else "")


@pytest.mark.asyncio
async def test_who_stands_in_and_wrote_it_itself_is_told(tmp_path: Path) -> None:
    """The other vendor fails: its answer is the writer's, and both are said."""

    class Failing(Asked):
        async def stream(self, request: Request) -> AsyncGenerator[Chunk, None]:
            if request.model.provider == "openai":
                raise ServerFault("Broken.", provider="openai", status=500)
            async for chunk in super().stream(request):
                yield chunk

    played = Failing({("review", "a.py"): NOTHING})
    found = await review(engine(played, tmp_path), [unit(0, 1)], DIRECT, tools(FIRST))
    assert played.who == [("review", OPUS)], found
    assert "Opus 4.7 stands in for GPT-5.5" in found.notice
    assert "Opus 4.7 wrote itself what it was asked about" in found.notice


def test_a_task_without_a_writer_is_routed_as_ever() -> None:
    for task in (REVIEW, VERIFY, EDIT):
        plain = route(task, load_catalogue(), Settings(), TWO)
        assert plain == route(replace(task, written_by="people"), load_catalogue(), Settings(), TWO)


@pytest.mark.asyncio
async def test_only_files_that_held_text_of_models_are_looked_through(tmp_path: Path) -> None:
    """To look for passages in every file of a wide review would take longer than asking."""
    machine = Machine(MachineStore(tmp_path / "machine.sqlite3"), "root")
    origin = Origin("job", "Opus 4.7", "edit", 0.0)
    await machine.applied([FileChange("a.py", "", (Edit(Span(0, 0), LINES),))], origin)
    same = [Document.of(path, LINES, "python") for path in ("a.py", "b.py")]
    found = await machine.written_here(same)
    assert [*found] == ["a.py"] and {one.model for one in found["a.py"]} == {"Opus 4.7"}
    await machine.close()
