"""`counterpoint compare --migrate OLD NEW --format html`: the change of a model as one page. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from counterpoint.cli import compare_page, migrate_told, pages, plots, render
from counterpoint.cli.migrate_told import money, times
from counterpoint.cli.pages import card, paragraph, section, table
from counterpoint.comparing.migration import Migration
from counterpoint.comparing.values import Compared


def page(found: Migration, reviews: Compared | None = None) -> str:
    """The page as HTML."""
    title = f"From {found.old.label} to {found.new.label}"
    made = [*_sections(found)]
    if reviews is not None:
        made.append(section("Findings of both", _findings(found, reviews)))
        made += compare_page.sections(reviews)
    return pages.page(title, " ".join(migrate_told.headline(found)), _cards(found), made)


def _cards(found: Migration) -> Iterator[str]:
    ratio = found.tokens[-1].ratio if migrate_told.is_measured(found) else None
    yield card(times(ratio), "tokens for the same text")
    if found.replays:
        one = found.replays[-1]
        old, new = one.usd
        yield card(times(new / old) if old else "-", f"USD for your calls of {render.count(one.days, 'day')}")
        yield card(money((new - old) / one.days, sign=True), "a day")
    if found.cold:
        yield card(render.usd(found.cold.usd), "once, for caches that are cold")
    yield card(f"{sum(one.kind == 'lost' for one in found.changes)}", "abilities and limits lost")


def _sections(found: Migration) -> Iterator[str]:
    counts = "".join(
        paragraph(f"{model.label}: {said}.", dim=True)
        for model, said in zip((found.old, found.new), found.counts, strict=True)
    )
    yield section("Tokens of this repository's prompts", f"{_forest(found)}{_tokens(found)}{counts}")
    yield section("Price of one call", _prices(found))
    if found.replays:
        yield section("Your calls, again", _ledger(found))
    if said := migrate_told.cold_said(found):
        yield section("The cold cache", "".join(paragraph(one) for one in said))
    if found.changes:
        rows = [(one.kind, one.what, one.then) for one in found.changes]
        head = ("", "what", "what happens instead")
        yield section("What is not as it was", table(head, rows, words=3, long=True))
    if found.texts:
        yield section(migrate_told.TEXTS, _texts(found))
    if found.roles:
        yield section("To change, in your own config.toml", "".join(paragraph(one) for one in found.roles))
    if found.notes:
        yield section("Notes", "".join(paragraph(one) for one in found.notes))


def _forest(found: Migration) -> str:
    rows = [
        plots.Interval(
            one.task or "all", times(one.ratio), one.ratio, one.low, one.high, 0 if one.task else 1
        )
        for one in found.tokens
        if migrate_told.is_measured(found, one.task)
    ]
    if not rows:
        return ""
    title = f"Tokens with {found.new.label} for each with {found.old.label}, same text"
    ends = ("fewer tokens", "more tokens")
    plot = plots.forest("tokens", title, rows, lambda one: f"x{one:.3g}", ratio=True, ends=ends)
    said = (
        "Mark: all prompts together. Line: where the factor of a prompt lies, 95 %; none of too few prompts."
    )
    return plot + paragraph(said, dim=True)


def _tokens(found: Migration) -> str:
    head = ("prompts", "drawn", "tokens now", "same text", "change", "of a prompt", "as it would be sent")
    return table(head, migrate_told.token_rows(found))


def _prices(found: Migration) -> str:
    head = ("task", "model", "in", "cached", "written", "out", "price", "low and high", "answers")
    rows = [
        (one.task, label, *migrate_told.price_row(side))
        for one in found.prices
        for label, side in ((found.old.label, one.old), (found.new.label, one.new))
    ]
    return table(head, rows, words=2)


def _ledger(found: Migration) -> str:
    names = (found.old.label, found.new.label)
    rows = [
        plots.Bar(f"{one.task}: {names[at]}", at, one.usd[at])
        for one in found.replays[:-1][:4]
        for at in (0, 1)
    ]
    plot = plots.bars("ledger", "USD as paid, and as it would be", rows, render.usd)
    head = ("task", "calls", "paid", "would be", "change", "a day", "caches save a day")
    return plot + table(head, [migrate_told.ledger_row(one) for one in found.replays])


def _texts(found: Migration) -> str:
    head = ("text", "of", "tokens now", "then", "change", "share of a prompt", "1,000 calls")
    said = "".join(paragraph(f"{one.name}: {text}") for one in found.texts for text in one.advice)
    return table(head, [migrate_told.text_row(found, one) for one in found.texts], words=2) + said


def _findings(found: Migration, reviews: Compared) -> str:
    both, old, new = migrate_told.findings_of(found, reviews)
    whole = len(reviews.shared)
    rows = [
        plots.Share("Both", 2, len(both), whole),
        plots.Share(f"Only {found.old.label}", 0, len(old), whole),
        plots.Share(f"Only {found.new.label}", 1, len(new), whole),
    ]
    return plots.shares("findings", "Findings of the same files", rows)
