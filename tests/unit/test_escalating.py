"""Who is asked once more, when, and what is told of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from counterpoint.answers import ChangeSet, Dropped
from counterpoint.context.blocks import Outline
from counterpoint.context.outlining import outline_of
from counterpoint.context.parsing import encoded, parse
from counterpoint.errors import BadAnswer, Overloaded
from counterpoint.flows.checked import Checks
from counterpoint.flows.edit import edit
from counterpoint.flows.escalating import unusable
from counterpoint.settings import Budget, Routing, Settings
from counterpoint.tasks import DOCUMENT, EDIT, REFACTOR, SIMPLIFY
from counterpoint.text import Document, NoFiles, Situation, Span
from tests.asking import Said, engine

TEXT = "def f(x):\n    return x\n"
QUESTION = Situation(
    Document.of("a.py", TEXT, "python", 1), Span(0, len(TEXT)), NoFiles(), instruction="Twice"
)
FAST, DEEP = "gpt-5.5", "claude-opus-4-7"


def edits(*items: tuple[str, str], path: str = "a.py") -> str:
    rows = [{"path": path, "line": 2, "old": old, "new": new, "reason": ""} for old, new in items]
    return json.dumps({"assumptions": [], "question": "", "edits": rows})


GOOD = edits(("return x", "return 2 * x"))
ABSENT = edits(("return y", "return 2 * y"), ("return z", "return 2 * z"))
BROKEN = edits(("return x", "return (x"))
NOTHING = json.dumps({"assumptions": [], "question": "", "edits": []})
ASKS = json.dumps({"assumptions": [], "question": "Which one?", "edits": []})
SAME = edits(("return x", "return x"))
WORDS = "I would rather not say."
OUTSIDE = edits(("", "x = 1\n"), path="../b.py")


async def outline(documents: Sequence[Document], seconds: float) -> tuple[Outline | None, ...]:
    return tuple(outline_of(parse(one.language, encoded(one.text))) for one in documents)


CHECKS = Checks(outline=outline)


@pytest.mark.parametrize(
    ("dropped", "says"),
    [
        ((), ""),
        (("no-change",), ""),
        (("absent",), "a quote stands nowhere"),
        (("absent", "absent"), "2 quotes stand nowhere"),
        (("absent", "ambiguous"), "a quote stands nowhere, a quote stands more than once"),
        (("parses-worse", "not-repaired"), "a file would not parse"),
        (("cut-off",), "it was cut off"),
        (("outside", "outside", "outside"), "3 edits left out as outside"),
    ],
)
def test_why_an_answer_cannot_be_used_is_said_in_few_words(dropped: tuple[str, ...], says: str) -> None:
    assert unusable(ChangeSet((), tuple(Dropped(one) for one in dropped))) == says


CASES = {
    # name: (what the fast model says, what each later ask says, whom is asked in which order, what is told)
    "a quote that stands": ([GOOD], [FAST], ""),
    "quotes that stand nowhere": ([ABSENT, GOOD], [FAST, DEEP], "(2 quotes stand nowhere)"),
    "words in place of edits": ([WORDS, GOOD], [FAST, DEEP], "(it could not be read)"),
    "a file of somebody else's": ([OUTSIDE, GOOD], [FAST, DEEP], "(left out as outside)"),
    "code that does not parse, and a repair that mends it": ([BROKEN, edits(("return (x", "return 2 * x"))],
                                                              [FAST, DEEP], ""),
    "code that does not parse, and a repair that does not": ([BROKEN, BROKEN, GOOD], [FAST, DEEP, DEEP],
                                                              "(a file would not parse)"),
    "nothing to change": ([NOTHING], [FAST], ""),
    "a change that changes nothing": ([SAME], [FAST], ""),
    "a question back": ([ASKS], [FAST], ""),
    "two answers that cannot be used": ([ABSENT, ABSENT], [FAST, DEEP], "(2 quotes stand nowhere)"),
}  # fmt: skip


@pytest.mark.asyncio
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_the_deep_role_is_asked_once_where_nothing_can_be_used(
    case: tuple[list[str], list[str], str], tmp_path: Path
) -> None:
    said, asked, told = case
    provider = Said([*said])
    made = engine(provider, tmp_path)
    reply = await edit(made, QUESTION, checks=CHECKS)
    assert [one.model.name for one in provider.requests] == asked
    assert [call.model for call in reply.calls] == asked
    assert {call.job for call in reply.calls} == {reply.job}
    if told:
        assert reply.more == f"GPT-5.5's answer could not be used {told}: Opus 4.7 was asked."
        assert reply.notice.startswith(reply.more)
    else:
        assert reply.more == "" == reply.notice
    assert provider.answers == []
    await made.close()


@pytest.mark.asyncio
@pytest.mark.parametrize("second", [NOTHING, SAME, ABSENT], ids=["nothing", "the same", "absent"])
async def test_where_neither_answer_is_of_use_both_are_told(second: str, tmp_path: Path) -> None:
    made = engine(Said([ABSENT, second]), tmp_path)
    reply = await edit(made, QUESTION, checks=CHECKS)
    reasons = [one.reason for one in reply.answer.dropped]
    assert reasons[:2] == ["absent", "absent"]
    assert len(reasons) == {NOTHING: 2, SAME: 3, ABSENT: 4}[second]
    await made.close()


@pytest.mark.asyncio
async def test_the_other_model_is_told_what_was_wrong_and_thinks_harder(tmp_path: Path) -> None:
    provider = Said([ABSENT, GOOD])
    await edit(engine(provider, tmp_path), QUESTION, checks=CHECKS)
    first, second = ("".join(part.text for part in one.parts) for one in provider.requests)
    assert "could be used" not in first
    assert "Another model was asked the same before, and none of its answer could be used." in second
    assert "- absent: a.py: return y" in second
    assert [one.effort for one in provider.requests] == ["low", "high"]


@pytest.mark.asyncio
async def test_what_was_quoted_of_other_files_is_not_told(tmp_path: Path) -> None:
    provider = Said([edits(("secret = 1", "secret = 2"), path="pay/b.py"), GOOD])
    await edit(engine(provider, tmp_path), QUESTION, checks=CHECKS)
    second = "".join(part.text for part in provider.requests[1].parts)
    assert "- absent\n" in second and "secret" not in second and "pay/b.py" not in second


NOBODY = {
    "the setting says so": (EDIT, replace(Settings(), routing=Routing(escalate=False)),
                            ("openai", "anthropic")),
    "there is one key": (EDIT, Settings(), ("openai",)),
    "there is one key, of the other vendor": (EDIT, Settings(), ("anthropic",)),
    "the deep role was asked": (replace(EDIT, role="deep"), Settings(), ("openai", "anthropic")),
    "a model was named": (replace(EDIT, model=FAST), Settings(), ("openai", "anthropic")),
    "somebody was asked for": (replace(EDIT, because="the other voice is asked for"), Settings(),
                               ("openai", "anthropic")),
    "it is a refactoring": (REFACTOR, Settings(), ("openai", "anthropic")),
}  # fmt: skip


@pytest.mark.asyncio
@pytest.mark.parametrize("case", NOBODY.values(), ids=NOBODY)
async def test_nobody_else_is_asked_where(
    case: tuple[object, Settings, tuple[str, ...]], tmp_path: Path
) -> None:
    task, settings, keys = case
    provider = Said([ABSENT])
    made = engine(provider, tmp_path, usable=frozenset(keys), settings=settings)
    reply = await edit(made, QUESTION, task=task, checks=CHECKS)  # type: ignore[arg-type]
    assert len(provider.requests) == 1
    assert reply.more == "" and {one.reason for one in reply.answer.dropped} == {"absent"}


@pytest.mark.asyncio
@pytest.mark.parametrize("task", [SIMPLIFY, DOCUMENT])
async def test_every_quick_edit_escalates(task: object, tmp_path: Path) -> None:
    provider = Said([ABSENT, GOOD])
    reply = await edit(engine(provider, tmp_path), QUESTION, task=task, checks=CHECKS)  # type: ignore[arg-type]
    assert reply.answer.files and reply.more


@pytest.mark.asyncio
async def test_with_one_key_a_stand_in_that_is_another_model_is_asked(tmp_path: Path) -> None:
    made = engine(Said([ABSENT, GOOD]), tmp_path, usable=frozenset({"openai"}))
    roles = {**made.catalogue.roles, "deep": ("claude-opus-4-7", "gpt-6.1-sol", "gpt-5.5")}
    made.catalogue = replace(made.catalogue, roles=roles)
    reply = await edit(made, QUESTION, checks=CHECKS)
    assert [call.model for call in reply.calls] == [FAST, "gpt-6.1-sol"]
    assert reply.more.endswith("GPT-6.1 Sol was asked.")


@pytest.mark.asyncio
async def test_a_model_whose_price_is_asked_first_is_no_way_out(tmp_path: Path) -> None:
    provider = Said([ABSENT])
    made = engine(provider, tmp_path)
    made.catalogue = replace(made.catalogue, roles={**made.catalogue.roles, "deep": ("gpt-5.5-pro",)})
    reply = await edit(made, replace(QUESTION, price_agreed=True), checks=CHECKS)
    assert len(provider.requests) == 1 and reply.more == ""


@pytest.mark.asyncio
async def test_a_budget_that_is_spent_leaves_the_first_answer_with_the_reason(tmp_path: Path) -> None:
    provider = Said([ABSENT])
    settings = replace(Settings(), budget=Budget(roles={"deep": 0.001}))
    reply = await edit(engine(provider, tmp_path, settings=settings), QUESTION, checks=CHECKS)
    assert len(provider.requests) == 1
    reasons = {one.reason: one.detail for one in reply.answer.dropped}
    assert set(reasons) == {"absent", "not-asked-again"} and "budget" in reasons["not-asked-again"]


@pytest.mark.asyncio
async def test_a_vendor_that_fails_leaves_the_first_answer_with_the_reason(tmp_path: Path) -> None:
    provider = Said([ABSENT, Overloaded("Anthropic is overloaded."), Overloaded("Anthropic is overloaded."),
                     Overloaded("Anthropic is overloaded.")])  # fmt: skip
    reply = await edit(engine(provider, tmp_path), QUESTION, checks=CHECKS)
    assert {one.reason for one in reply.answer.dropped} == {"absent", "not-asked-again"}
    assert reply.more == ""
    assert len(reply.calls) == len(provider.requests)


@pytest.mark.asyncio
async def test_words_of_a_model_alone_are_what_they_were(tmp_path: Path) -> None:
    with pytest.raises(BadAnswer, match="no list of edits"):
        await edit(engine(Said([WORDS]), tmp_path, usable=frozenset({"openai"})), QUESTION, checks=CHECKS)


@pytest.mark.asyncio
async def test_consent_is_asked_for_nobody_in_passing(tmp_path: Path) -> None:
    provider = Said([ABSENT])
    made = engine(provider, tmp_path)
    made.ports = replace(
        made.ports,
        missing_consent=lambda endpoint: ("anthropic",) if endpoint.provider == "anthropic" else (),
    )
    reply = await edit(made, QUESTION, checks=CHECKS)
    assert len(provider.requests) == 1
    assert any(one.reason == "not-asked-again" and "anthropic" in one.detail for one in reply.answer.dropped)


@pytest.mark.asyncio
async def test_who_may_not_see_the_file_is_not_asked(tmp_path: Path) -> None:
    provider = Said([ABSENT])
    settings = Settings()
    settings = replace(settings, providers=replace(settings.providers, paths={"*.py": ("openai",)}))
    made = engine(provider, tmp_path, settings=settings)
    made.ports = replace(
        made.ports, barred=lambda path, who: "providers.paths bars it" if who == "anthropic" else None
    )
    reply = await edit(made, QUESTION, checks=CHECKS)
    assert len(provider.requests) == 1
    assert any(one.reason == "not-asked-again" and "bars it" in one.detail for one in reply.answer.dropped)
