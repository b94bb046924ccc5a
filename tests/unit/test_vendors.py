"""A file that only some vendors may see never reaches another: not as the document, not as context."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from counterpoint.context.question import Question, Selection
from counterpoint.context.snippet import Snippet
from counterpoint.engine import Engine
from counterpoint.errors import ConfigError, NotSendable
from counterpoint.flows.complete import complete
from counterpoint.flows.edit import edit
from counterpoint.flows.review import Options, Tools, review, unit_of
from counterpoint.project import Overlay, Project
from counterpoint.settings import Providers, Settings
from counterpoint.tasks import REVIEW
from counterpoint.text import Document, Situation, Span
from counterpoint.vendors import vendors_of
from tests.asking import Said, engine

KNOWN = ("anthropic", "embedded", "openai")
PAY = {"pay/**": ("anthropic",)}


@pytest.mark.parametrize(
    ("rules", "path", "provider", "free"),
    [
        (PAY, "pay/card.py", "openai", False),
        (PAY, "pay/deep/card.py", "openai", False),
        (PAY, "pay/card.py", "anthropic", True),
        (PAY, "app.py", "openai", True),
        (PAY, "pay/card.py", "embedded", True),
        ({"pay/**": ("anthropic",), "*.py": ("openai",)}, "pay/card.py", "anthropic", False),
        ({"pay/**": ("anthropic",), "*.py": ("openai",)}, "app.py", "openai", True),
        ({"*.sql": ()}, "db/a.sql", "anthropic", False),
        (PAY, "link.py", "openai", False),
        (PAY, "./pay/../pay/card.py", "openai", False),
    ],
)
def test_every_glob_that_covers_a_file_must_name_the_vendor(
    tmp_path: Path, rules: Mapping[str, tuple[str, ...]], path: str, provider: str, free: bool
) -> None:
    (tmp_path / "pay").mkdir()
    (tmp_path / "pay" / "card.py").write_text("x = 1\n")
    (tmp_path / "link.py").symlink_to("pay/card.py")
    found = vendors_of(Project(tmp_path), rules, KNOWN).barred(path, provider)
    assert (found is None) == free
    assert free or "providers.paths" in (found or "")


@pytest.mark.parametrize("rules", [{"!pay/**": ("openai",)}, {"": ("openai",)}, {"pay/**": ("opnai",)}])
def test_a_rule_that_cannot_be_kept_is_an_error(tmp_path: Path, rules: Mapping[str, tuple[str, ...]]) -> None:
    with pytest.raises(ConfigError, match=r"providers\.paths"):
        vendors_of(Project(tmp_path), rules, KNOWN)


def asked_in(tmp_path: Path, said: Said, rules: Mapping[str, tuple[str, ...]]) -> tuple[Engine, Project]:
    """An engine over a workspace whose context is always the file `pay/card.py`."""
    project = Project(tmp_path)
    (tmp_path / "pay").mkdir()
    (tmp_path / "pay" / "card.py").write_text("CARD = 'MARK-OF-THE-CARD'\n")

    async def gathered(question: Question, seconds: float) -> Selection:
        return Selection((Snippet("pay/card.py", 1, 1, "CARD = 'MARK-OF-THE-CARD'", "named here", 12),))

    settings = replace(Settings(), providers=Providers(paths=rules))
    made = engine(said, tmp_path / "state", settings=settings)
    made.ports = replace(made.ports, gather=gathered, barred=vendors_of(project, rules, KNOWN).barred)
    return made, project


def place(project: Project, path: str, text: str = "x = 1\n") -> Situation:
    document = Document.of(path, text, "python", 1)
    return Situation(document, Span(0, len(text)), Overlay(project, {path: document}), "Two")


GOOD = json.dumps({"assumptions": [], "edits": [{"path": "a.py", "line": 1, "old": "x = 1", "new": "x = 2"}]})


@pytest.mark.asyncio
@pytest.mark.parametrize(("rules", "seen"), [(PAY, False), ({}, True)])
async def test_context_goes_without_what_a_vendor_may_not_see(
    tmp_path: Path, rules: Mapping[str, tuple[str, ...]], seen: bool
) -> None:
    said = Said([GOOD])
    asked, project = asked_in(tmp_path, said, rules)
    await edit(asked, place(project, "a.py"))
    (request,) = said.requests
    assert request.model.provider == "openai"
    assert ("MARK-OF-THE-CARD" in "".join(part.text for part in request.parts)) == seen


@pytest.mark.asyncio
@pytest.mark.parametrize(("rules", "seen"), [({"AGENTS.md": ("anthropic",)}, False), ({}, True)])
async def test_standing_instructions_go_only_to_who_may_see_their_file(
    tmp_path: Path, rules: Mapping[str, tuple[str, ...]], seen: bool
) -> None:
    (tmp_path / "AGENTS.md").write_text("MARK-OF-THE-RULES\n")
    said = Said([GOOD])
    asked, project = asked_in(tmp_path, said, rules)
    await edit(asked, place(project, "a.py"))
    (request,) = said.requests
    assert request.model.provider == "openai"
    assert ("MARK-OF-THE-RULES" in "".join(part.text for part in request.parts)) == seen


@pytest.mark.asyncio
async def test_a_document_goes_to_the_vendor_that_may_see_it_and_status_says_so(tmp_path: Path) -> None:
    said = Said([GOOD.replace("a.py", "pay/new.py")])
    asked, project = asked_in(tmp_path, said, PAY)
    reply = await edit(asked, place(project, "pay/new.py"))
    assert [request.model.provider for request in said.requests] == ["anthropic"]
    assert "only anthropic see pay/**" in reply.notice
    assert reply.answer.files


@pytest.mark.asyncio
async def test_a_fallback_is_bound_by_it_as_well(tmp_path: Path) -> None:
    from counterpoint.errors import Forbidden

    said = Said([Forbidden("no", provider="anthropic")])
    asked, project = asked_in(tmp_path, said, PAY)
    with pytest.raises(Forbidden):
        await edit(asked, place(project, "pay/new.py"))
    assert [request.model.provider for request in said.requests] == ["anthropic"]


@pytest.mark.asyncio
async def test_what_nobody_may_see_is_not_sent(tmp_path: Path) -> None:
    said = Said([])
    asked, project = asked_in(tmp_path, said, {"pay/**": ()})
    for work in (edit(asked, place(project, "pay/x.py")), asked.ask(REVIEW, place(project, "pay/x.py"))):
        with pytest.raises(NotSendable, match="only nobody"):
            await work
    cursor = replace(place(project, "pay/x.py"), span=Span(6, 6))
    with pytest.raises(NotSendable):
        await complete(asked, cursor)
    assert said.requests == []


def drafted(path: str, line: int, quote: str, *evidence: tuple[str, int, str]) -> dict[str, object]:
    told = [{"path": where, "line": row, "quote": words} for where, row, words in evidence]
    return {
        "path": path, "line": line, "quote": quote, "severity": "P2", "confidence": 0.8, "category": "logic",
        "title": "Wrong", "body": "B", "evidence": told, "fix": None,
    }  # fmt: skip


@pytest.mark.asyncio
@pytest.mark.parametrize(("rules", "seen"), [({"pay/**": ("openai",)}, False), ({}, True)])
async def test_who_verifies_drafts_is_not_shown_what_only_the_drafter_may_see(
    tmp_path: Path, rules: Mapping[str, tuple[str, ...]], seen: bool
) -> None:
    card = "CARD = 'MARK-OF-THE-CARD'"
    drafts = [drafted("a.py", 1, "x = 1", ("pay/card.py", 1, card)), drafted("pay/card.py", 1, card)]
    said = Said([json.dumps({"findings": drafts}), json.dumps({"findings": []})])
    asked, project = asked_in(tmp_path, said, rules)
    unit = unit_of(place(project, "a.py"))
    found = await review(asked, [unit], Options(strategy="draft-verify", verify="none"), Tools(project))
    assert len(found.findings) == 2
    first, second = said.requests
    assert (first.model.provider, second.model.provider) == ("openai", "anthropic")
    told = "".join(part.text for part in second.parts).partition("Draft 1:")[2]
    assert "x = 1" in told and ("MARK-OF-THE-CARD" in told) == seen
