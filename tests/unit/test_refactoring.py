"""The steps of a refactoring: which call sites a model is shown, what is in doubt, what is asked again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from counterpoint.answers import ChangeSet, FileChange
from counterpoint.audit import Audit, CallSite, Site, Target
from counterpoint.context.impact import Impact
from counterpoint.context.question import Question, Selection
from counterpoint.context.question import Site as Found
from counterpoint.disk import Local
from counterpoint.engine import Engine, Reply
from counterpoint.errors import UsageError
from counterpoint.flows.checked import NO_CHECKS
from counterpoint.flows.doubts import NOT_ASKED
from counterpoint.flows.refactor import refactor
from counterpoint.flows.refactoring import mending, testing
from counterpoint.flows.refactoring.asking import AWAY, astray, scope_of
from counterpoint.flows.refactoring.auditing import UNKNOWN, Audited, audited
from counterpoint.flows.refactoring.mending import Asked
from counterpoint.flows.refactoring.operations import OPERATIONS, instruction_for
from counterpoint.flows.refactoring.showing import shown
from counterpoint.flows.refactoring.sites import Known, Lookup, Part, known, named
from counterpoint.flows.refactoring.values import Options, Receipt, Refactored, Tools
from counterpoint.project import Project
from counterpoint.testruns.command import Narrowed
from counterpoint.testruns.values import Category, Failure
from counterpoint.text import Document, Edit, Situation, Span, language_of
from tests.asking import Said, engine
from tests.casefiles import Held
from tests.refactoring import answer
from tests.unit.test_proving import outline

LIBRARY = "LIMIT = 3\n\n\ndef fetch(url):\n    return url\n\n\ndef store(item):\n    return item\n"


def held(**texts: str) -> Held:
    named = {name.replace("__", "/") + ".py": text for name, text in texts.items()}
    return Held({path: Document.of(path, text, "python") for path, text in named.items()})


def document(path: str, text: str) -> Document:
    return Document.of(path, text, language_of(path))


class Index:
    """Knows the call sites it is given, by symbol."""

    def __init__(self, sites: Mapping[str, Sequence[Found]], words: Mapping[str, Sequence[str]]) -> None:
        self.sites, self.words = sites, words
        self.asked: list[str] = []
        self.left_out: tuple[tuple[str, str], ...] = ()

    async def select(self, question: Question, seconds: float) -> Selection:
        self.asked.append(question.symbol)
        return Selection((), self.left_out, tuple(self.sites.get(question.symbol, ())))

    async def mentioning(self, names: Sequence[str], seconds: float) -> Sequence[str] | None:
        return sorted({path for name in names for path in self.words.get(name, ())})

    def lookup(self, *, ready: bool = True) -> Lookup:
        return Lookup(self.select, outline, self.mentioning, ready=lambda: ready)


LIB = document("lib.py", LIBRARY)


# -- before the ask


@pytest.mark.asyncio
async def test_the_definitions_of_a_part_and_who_calls_them() -> None:
    index = Index({"fetch": [Found("a.py", 4, True, ""), Found("b.py", 0, False, "")]}, {})
    whole = await known([Part(LIB)], index.lookup())
    assert [one.name for one in whole.targets] == ["fetch", "store"]
    assert [one.name for one in whole.shared] == ["LIMIT"]
    assert whole.calls == (
        CallSite("a.py", 4, "lib.py", "fetch", certain=True),
        CallSite("b.py", 0, "lib.py", "fetch", certain=False),
    )
    assert whole.partial == () and whole.paths() == ("a.py", "b.py")
    body = LIBRARY.index("return item")
    inner = await known([Part(LIB, Span(body, body + 6))], index.lookup())
    assert [one.name for one in inner.targets] == ["store"], "lines amid a body are about its definition"


@pytest.mark.asyncio
async def test_what_the_index_does_not_know_is_told() -> None:
    index = Index({}, {})
    index.left_out = (
        ("workspace", "the index is not running"),
        ("big.py", "too large"),
        ("a.py:3", "no room"),
    )
    found = await known([Part(LIB)], index.lookup(ready=False))
    assert found.partial == (
        "the callers of fetch are not known: the index is not running",
        "big.py: too large",
        "the callers of store are not known: the index is not running",
        "the workspace is still being indexed",
    )


@pytest.mark.asyncio
async def test_lines_that_name_what_nobody_calls_are_found_by_their_words() -> None:
    index = Index(
        {"fetch": [Found("a.py", 0, True, "")]}, {"LIMIT": ["a.py"], "store": ["a.py", "b.py", "x.py"]}
    )
    files = held(a="fetch(LIMIT)\nhandlers = [store]\n", b="restored = 1\n")
    found = await named(await known([Part(LIB)], index.lookup()), index.lookup(), files)
    assert [(one.path, one.line, one.symbol) for one in found.named] == [
        ("a.py", 1, "store"),
        ("a.py", 0, "LIMIT"),
    ]


def calls(path: str, lines: Sequence[int], symbol: str = "fetch") -> list[CallSite]:
    return [CallSite(path, line, "lib.py", symbol) for line in lines]


TARGET = Target(LIB, "fetch", "fetch", 3)


def knowing(*sites: CallSite, partial: tuple[str, ...] = ()) -> Known:
    return Known((TARGET, Target(LIB, "store", "store", 7)), sites, partial)


MANY = "".join(f"def user_{n}():\n    a = {n}\n    b = a\n    return fetch('{n}')\n\n\n" for n in range(30))


def test_a_call_site_is_shown_with_what_it_lies_in() -> None:
    text = "class Shop:\n    def buy(self):\n" + "        pass\n" * 30 + "        fetch(1)\n"
    found = shown(knowing(*calls("a.py", [32])), [Part(LIB)], held(a=text), 100_000)
    assert found.pieces == (("a.py", 0, 1), ("a.py", 22, 32))
    assert "- fetch (lib.py:4)\n    certain: a.py: 33\n" in found.table
    assert "- no call site is known of: store\n" in found.table
    assert found.told == ()


def test_where_there_is_little_room_less_is_shown_of_each() -> None:
    sites = knowing(*calls("a.py", range(3, 180, 6)))
    wide = shown(sites, [Part(LIB)], held(a=MANY), 100_000)
    assert wide.pieces == (("a.py", 0, 179),)
    narrow = shown(sites, [Part(LIB)], held(a=MANY), 1_500)
    assert narrow.pieces[:2] == (("a.py", 3, 3), ("a.py", 9, 9)) and len(narrow.pieces) == 30
    assert narrow.told == ()


def test_sites_that_are_written_alike_are_shown_once_and_all_are_listed() -> None:
    found = shown(knowing(*calls("a.py", range(3, 180, 6))), [Part(LIB)], held(a=MANY), 300)
    assert found.pieces == (("a.py", 3, 3),)
    assert found.told == ("29 of 30 call sites are written as others that were shown",)
    assert "29 of them are not shown as code: they are written like one that is." in found.table
    assert "certain: a.py: 4, 10, 16," in found.table and ", 178\n" in found.table


def test_what_has_no_room_at_all_is_told() -> None:
    text = "".join(f"fetch(name_{n})\n" for n in range(30))
    found = shown(knowing(*calls("a.py", range(30))), [Part(LIB)], held(a=text), 100)
    assert 1 <= len(found.pieces) < 6
    assert found.told == (f"{30 - len(found.pieces)} of 30 call sites were shown by their place alone",)
    assert "for want of room" in found.table


def test_what_may_not_be_sent_is_counted_and_not_named() -> None:
    sites = knowing(*calls("a.py", [3]), *calls("secret.py", [1, 2]), partial=("indexing",))
    found = shown(sites, [Part(LIB)], held(a=MANY), 100_000)
    assert "secret" not in found.table
    assert "2 more lie in files that are not shown." in found.table
    assert "There may be more call sites than these." in found.table
    assert found.told == ("2 call sites lie in files that are not sent to models",)


def test_further_parts_are_shown_whole_and_their_sites_not_twice() -> None:
    other = document("a.py", MANY)
    found = shown(knowing(*calls("a.py", [3])), [Part(LIB), Part(other)], held(a=MANY), 100_000)
    assert found.pieces == (("a.py", 0, 179),)


def test_very_many_call_sites_are_counted_by_file() -> None:
    text = "fetch(1)\n" * 2_500
    found = shown(knowing(*calls("a.py", range(2_500))), [Part(LIB)], held(a=text), 300)
    assert "certain: a.py: 2500 of them\n" in found.table


# -- what was asked about


def edit(old: str, new: str, text: str) -> Edit:
    at = text.index(old)
    return Edit(Span(at, at + len(old)), new)


def test_callers_files_named_ones_and_new_ones_are_in_scope() -> None:
    sites = knowing(*calls("a.py", [3]))
    new = FileChange("made.py", None, (Edit(Span(0, 0), "x"),))
    moved = FileChange("pkg/gone.py", "x", (), moved_to="there.py")
    other = FileChange("other.py", "x", (Edit(Span(0, 1), "y"),))
    scope = scope_of([Part(LIB)], sites, "Move it to pkg.gone", [new, moved, other])
    assert scope.files == frozenset({"lib.py", "a.py", "made.py", "pkg/gone.py"})
    assert scope.span is None
    assert scope_of([Part(LIB, Span(0, 3))], sites, "", ()).span == Span(0, 3)


def test_an_edit_away_from_every_call_site_is_in_doubt() -> None:
    edits = (
        edit("return fetch('0')", "return fetch('0', 1)", MANY),
        edit("a = 29", "a = 92", MANY),
        Edit(Span(0, 0), "import os\nfrom b import c\n"),
    )
    change = FileChange("a.py", MANY, edits)
    found = astray(ChangeSet((change,)), [Part(LIB)], "Change it", [("a.py", 3)])
    assert found.files[0].doubts == ("", AWAY, "")
    assert astray(ChangeSet((change,)), [Part(LIB)], "Change a.py", []).files == (change,)
    assert astray(ChangeSet((change,)), [Part(document("a.py", MANY))], "", []).files == (change,)


def test_a_standard_refactoring_needs_the_words_it_asks_for() -> None:
    assert instruction_for("", " Rename it ") == "Rename it"
    assert instruction_for("extract", "").startswith("Extract the selected lines")
    assert instruction_for("move", "to stock.py").endswith("\nto stock.py")
    for name, words, fix in (
        ("", " ", "sentence"),
        ("dance", "x", "extract"),
        ("signature", "", "instruction"),
    ):
        with pytest.raises(UsageError) as error:
            instruction_for(name, words)
        assert fix in str(error.value.fix)
    assert {row.kind for row in OPERATIONS.values()} == {"extract", "rewrite"}


# -- after it


def tools(root: Path, index: Index, *, ready: bool = True) -> Tools:
    project = Project(root)
    return Tools(index.lookup(ready=ready), project, Local(project), NO_CHECKS)


REQUIRED = ChangeSet((FileChange("lib.py", LIBRARY, (edit("fetch(url)", "fetch(url, how)", LIBRARY),)),))


@pytest.mark.asyncio
async def test_callers_of_what_the_change_touches_beyond_the_question_are_looked_for(tmp_path: Path) -> None:
    (tmp_path / "lib.py").write_text(LIBRARY)
    (tmp_path / "a.py").write_text("from lib import fetch\n\nfetch(1)\n")
    index = Index({"fetch": [Found("a.py", 2, True, "")]}, {"fetch": ["a.py", "lib.py"]})
    found = await audited(REQUIRED, Known(), tools(tmp_path, index))
    assert index.asked == ["fetch"]
    assert [(one.path, one.line, one.state) for one in found.audit.broken] == [("a.py", 2, "broken")]
    again = await audited(REQUIRED, found.known, tools(tmp_path, index))
    assert index.asked == ["fetch"], "what is known is not asked for again"
    assert again.audit.broken == found.audit.broken


@pytest.mark.asyncio
async def test_nobody_is_called_intact_where_not_all_callers_are_known(tmp_path: Path) -> None:
    (tmp_path / "lib.py").write_text(LIBRARY)
    same = ChangeSet((FileChange("lib.py", LIBRARY, (edit("return url", "return url + ''", LIBRARY),)),))
    index = Index({}, {})
    assert (await audited(same, Known(), tools(tmp_path, index))).audit.notes == ()
    partly = await audited(same, Known(), tools(tmp_path, index, ready=False))
    assert UNKNOWN in partly.audit.notes and not partly.audit.certain


@pytest.mark.asyncio
async def test_an_index_that_has_not_read_all_files_is_not_believed_about_words(tmp_path: Path) -> None:
    (tmp_path / "lib.py").write_text(LIBRARY)
    (tmp_path / "a.py").write_text("from lib import LIMIT\n\nprint(LIMIT)\n")
    renamed = ChangeSet((FileChange("lib.py", LIBRARY, (edit("LIMIT", "MOST", LIBRARY),)),))
    unread = Index({}, {})
    found = await audited(renamed, Known(), tools(tmp_path, unread, ready=False))
    assert "a.py" in {one.path for one in found.audit.broken}
    nobody = await audited(renamed, Known(), tools(tmp_path, unread))
    assert nobody.audit.broken == (), "an index that has read all of them is"


def site(
    path: str, state: str, symbol: str = "fetch", why: str = "it fails", *, certain: bool = True
) -> Site:
    return Site(path, 4, symbol, certain, state, why)  # type: ignore[arg-type]


def test_what_may_break_puts_the_change_in_doubt_that_it_relies_on() -> None:
    both = ChangeSet((*REQUIRED.files, FileChange("b.py", "x", (Edit(Span(0, 1), "y"),))))
    audit = Audit((site("a.py", "broken"), site("c.py", "intact"), site("d.py", "unknown", why="x")))
    found = mending.doubted(both, Audited(audit, knowing()))
    assert [one.doubt for one in found.files] == ["breaks a.py:5: it fails; d.py:5: x", ""]
    nowhere = Audited(Audit((site("a.py", "broken", "Status.PAID"),)), knowing())
    assert all(one.doubt for one in mending.doubted(both, nowhere).files)
    unsure = site("e.py", "intact").unsure(), site("f.py", "broken").unsure()
    assert [mending.may_break(one) for one in unsure] == [False, True]
    many = Audited(Audit(tuple(site(f"{n}.py", "broken") for n in range(9))), knowing())
    assert mending.doubted(REQUIRED, many).files[0].doubt.endswith("; and 6 more")


def failure(test: str, category: Category) -> Failure:
    return Failure(test, "t.py", 3, "AssertionError", "1 == 2", category=category)


def test_only_tests_that_fail_by_the_change_put_it_in_doubt() -> None:
    harmless = Receipt("pytest", failures=(failure("a", "flaky"), failure("b", "failed before")))
    assert mending.failing(REQUIRED, harmless) == REQUIRED
    failed = Receipt("pytest", failures=(failure("a", "logic"), failure("b", "unknown")))
    assert mending.failing(REQUIRED, failed).files[0].doubt == "test a fails and 1 more"


@pytest.mark.parametrize(
    ("receipt", "said"),
    [
        (Receipt(), "no tests run"),
        (Receipt("t", why="they hang"), "tests not understood: they hang"),
        (Receipt("t", 61, 61, understood=True), "61 of 61 tests"),
        (Receipt("t", 8, 8, chosen=8, of=61, understood=True), "8 of 8 impacted tests"),
        (Receipt("t", 60, 61, failures=(failure("a", "failed before"),), understood=True),
         "60 of 61 tests, 1 failed before"),
    ],
)  # fmt: skip
def test_a_receipt_says_what_ran(receipt: Receipt, said: str) -> None:
    assert receipt.said == said


def test_nothing_is_said_of_callers_where_nothing_changes() -> None:
    situation = Situation(LIB, Span(0, 0))
    found = Refactored(Reply(ChangeSet(()), (), "j"), situation, Audit(), Known(), Receipt())
    assert found.said == "nothing changes"


def test_the_lines_that_a_change_touches_and_the_tests_where_they_are_then() -> None:
    moved = FileChange("tests/test_a.py", "x\n", (), moved_to="tests/test_b.py")
    gone = FileChange("tests/test_c.py", "x\n", (), deleted=True)
    made = FileChange("tests/test_d.py", None, (Edit(Span(0, 0), "x"),))
    changes = [*REQUIRED.files, moved, gone, made]
    assert testing.touched(changes) == {"lib.py": [(3, 3)], "tests/test_a.py": [], "tests/test_c.py": []}
    words = ("pytest", "-q", "tests/test_a.py::test_x", "tests/test_c.py", "tests/test_e.py")
    chosen = Narrowed(words, tests=(object(),))  # type: ignore[arg-type]
    assert testing.moved(chosen, changes).words == (
        "pytest", "-q", "tests/test_b.py::test_x", "tests/test_e.py", "tests/test_d.py",
    )  # fmt: skip
    assert testing.moved(Narrowed(("pytest",)), [made]).words == ("pytest",), "which runs all of them"


# -- the flow


class Ran:
    """Gives receipts in order."""

    def __init__(self, *receipts: Receipt) -> None:
        self.command = "pytest"
        self.receipts = list(receipts)
        self.changes: list[Sequence[FileChange]] = []

    async def __call__(self, changes: Sequence[FileChange], step: object) -> Receipt:
        self.changes.append(changes)
        return self.receipts.pop(0)


def quote(old: str, new: str, path: str = "lib.py") -> dict[str, object]:
    return {"path": path, "line": 4, "old": old, "new": new, "reason": "", "extra": False}


async def flow(root: Path, said: Said, index: Index, options: Options, **more: object) -> Refactored:
    (root / "lib.py").write_text(LIBRARY)
    (root / "a.py").write_text("from lib import fetch\n\nfetch(1)\n")
    (root / "t.py").write_text("from lib import fetch\n\nassert fetch(1) == 2\n")
    made: Engine = engine(said, root)
    given = replace(tools(root, index), **more)  # type: ignore[arg-type]
    return await refactor(made, [Part(LIB)], "Change it", given, options)


def callers() -> Index:
    return Index({"fetch": [Found("a.py", 2, True, "")]}, {"fetch": ["a.py", "lib.py"]})


@pytest.mark.asyncio
async def test_a_repair_that_may_cost_too_much_is_not_made(tmp_path: Path) -> None:
    said = Said([answer(quote("fetch(url)", "fetch(url, how)"))])
    made: Engine = engine(said, tmp_path)
    (tmp_path / "lib.py").write_text(LIBRARY)
    reply = await made.ask(Options().task, Situation(LIB, Span(0, 3), held(lib=LIBRARY), "Change it"))
    asked = Asked(
        made, Situation(LIB, Span(0, 3), held(lib=LIBRARY)), tools(tmp_path, callers()), Options(max_usd=0.1)
    )
    scope = scope_of([Part(LIB)], Known(), "", ())
    found = await mending.mended(asked, reply, "- it breaks\n", [("a.py", 2)], scope)
    assert found.answer.files == reply.answer.files and found.calls == reply.calls
    assert [one.reason for one in found.answer.dropped] == ["not-repaired"]
    assert "more than is left of $0.1" in found.answer.dropped[0].detail


@pytest.mark.asyncio
async def test_a_repair_that_does_not_parse_is_left_out(tmp_path: Path) -> None:
    said = Said(
        [answer(quote("fetch(url)", "fetch(url, how)")), answer(quote("fetch(url, how)", "fetch((url"))]
    )
    checks = replace(NO_CHECKS, outline=outline)
    found = await flow(tmp_path, said, callers(), Options(), checks=checks)
    assert found.answer.files[0].edits == REQUIRED.files[0].edits
    assert [one.reason for one in found.answer.dropped] == ["not-repaired"]
    assert found.answer.files[0].doubt.startswith("breaks a.py:3: ")
    assert len(found.reply.calls) == 2, "it was paid for all the same"


@pytest.mark.asyncio
async def test_at_most_two_repairs_of_tests_and_none_that_loses_some(tmp_path: Path) -> None:
    changed = answer(quote("return url", "return url[1:]"))
    repairs = [
        answer(quote("return url[1:]", "return url[2:]")),
        answer(quote("return url[2:]", "return url[3:]")),
    ]
    failed = failure("test_a", "logic")
    receipts = [
        Receipt("pytest", 8, 10, failures=(failed, failure("test_b", "fixture")), understood=True),
        Receipt("pytest", 9, 10, failures=(failed,), understood=True),
        Receipt("pytest", 3, 10, failures=(failed,), understood=True),
    ]
    ran = Ran(*receipts)
    found = await flow(tmp_path, Said([changed, *repairs]), callers(), Options(), tests=ran)
    assert found.receipt.said == "9 of 10 tests"
    assert [one.test for one in found.receipt.repaired] == ["test_b"]
    assert "return url[2:]" not in LIBRARY and found.answer.files[0].edits[0].new.endswith("[2:]")
    assert found.answer.files[0].doubt == "test test_a fails"
    assert len(found.reply.calls) == 3


@pytest.mark.asyncio
async def test_what_a_machine_lacks_is_never_repaired(tmp_path: Path) -> None:
    ran = Ran(Receipt("pytest", 9, 10, failures=(failure("test_a", "environment"),), understood=True))
    said = Said([answer(quote("return url", "return url[1:]"))])
    found = await flow(tmp_path, said, callers(), Options(), tests=ran)
    assert len(found.reply.calls) == 1 and not found.answer.files[0].needs_confirmation
    assert found.said == "1 caller intact, 9 of 10 tests"


@pytest.mark.asyncio
async def test_the_user_is_asked_what_the_model_must_know_once(tmp_path: Path) -> None:
    said = Said([answer(question="Which one?"), answer(quote("return url", "return url[1:]"))])

    async def answered(situation: Situation, reply: Reply[ChangeSet]) -> Situation:
        return replace(
            situation, earlier=f"You asked: {reply.answer.question}\nThe user answered: the first\n"
        )

    found = await flow(tmp_path, said, callers(), Options(answered=answered))
    assert len(found.reply.calls) == 2 and found.answer.files
    assert "The user answered: the first" in "".join(part.text for part in said.requests[1].parts)
    assert len({call.job for call in found.reply.calls}) == 1


@pytest.mark.asyncio
async def test_unasked_edits_are_in_doubt_and_an_instruction_is_needed(tmp_path: Path) -> None:
    extra = {**quote("return item", "return [item]"), "extra": True}
    said = Said([answer(quote("return url", "return url[1:]"), extra), answer()])
    found = await flow(tmp_path, said, callers(), Options())
    assert NOT_ASKED in found.answer.files[0].doubts
    with pytest.raises(UsageError):
        await refactor(engine(Said([]), tmp_path), [Part(LIB)], "  ", tools(tmp_path, callers()))


async def none_impacted(touched: object, seconds: float) -> Impact:
    return Impact()


@pytest.mark.asyncio
async def test_a_command_with_an_open_quote_is_told(tmp_path: Path) -> None:
    tests = testing.Tests(tmp_path, "pytest 'x", none_impacted, Local(Project(tmp_path)))
    assert "a quote is not closed" in (await tests(REQUIRED.files, lambda text: None)).why
    nothing = testing.Tests(tmp_path, " ", none_impacted, Local(Project(tmp_path)))
    assert await nothing(REQUIRED.files, lambda text: None) == Receipt()
