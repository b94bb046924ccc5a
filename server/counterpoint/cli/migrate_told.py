"""What changing the model means, as lines for a person. Values in, lines out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from counterpoint.cli import render
from counterpoint.cli.terminal import Line, line
from counterpoint.comparing.migration import Migration, Side, Tokens
from counterpoint.comparing.replaying import Replay
from counterpoint.comparing.tightening import Weighed
from counterpoint.comparing.values import Compared, Shared

_BASES = {
    "measured": "as its answers here",
    "carried": "the other's answers in its tokens",
    "assumed": "assumed",
}
TEXTS = "Prompts to tighten: texts that go along each time"
_MOST_TEXTS = 12
_WHO = ((True, True), (True, False), (False, True))


def times(ratio: float | None) -> str:
    """A factor, as a change where it is a small one."""
    if ratio is None:
        return "-"
    return f"{ratio - 1:+.0%}" if ratio < 3 else f"x{ratio:.1f}"


def is_measured(found: Migration, task: str = "") -> bool:
    """Whether a prompt, of a task or of any (""), was counted for both models: an estimate from characters
    against a count, or against another estimate, says nothing of how they differ."""
    return any(one.exact_old and one.exact_new for one in found.counted if task in ("", one.task))


def interval(one: Tokens) -> str:
    """Where the factor of a prompt lies."""
    return "too few" if one.low is None or one.high is None else f"{times(one.low)} to {times(one.high)}"


def change(pair: tuple[float, float]) -> str:
    """From a sum of money to another."""
    old, new = pair
    return f"{render.usd(old)} -> {render.usd(new)}" + (f" ({times(new / old)})" if old else "")


def headline(found: Migration) -> list[str]:
    """What it comes to, in sentences."""
    whole = found.tokens[-1]
    if not is_measured(found):
        said = [
            "How many more or fewer tokens the same text makes was not measured: no prompt was counted by"
            " both models' vendors. All figures below rest on estimates from characters."
        ]
    else:
        reach = "" if whole.low is None else f" (a prompt: {interval(whole)}, 95 %)"
        word = "more" if whole.ratio >= 1 else "fewer"
        said = [
            f"The same text makes {abs(whole.ratio - 1):.0%} {word} tokens with {found.new.label}{reach}."
        ]
        if not (whole.exact_old and whole.exact_new):
            said.append("Not all of it was counted: take the change in tokens as an estimate.")
    if found.replays:
        last = found.replays[-1]
        said.append(f"The last {render.count(last.days, 'day')} of calls: {change(last.usd)}.")
    if found.cold and found.cold.usd:
        said.append(f"Filling its caches anew costs about {render.usd(found.cold.usd)} once.")
    if found.shutdown:
        said.append(f"Its vendor ends {found.new.label} on {found.shutdown}.")
    return said


def lines(found: Migration, reviews: Compared | None) -> list[Line]:
    """For a person."""
    rows = [line((f"From {found.old.label} to {found.new.label}", "bold"))]
    rows += [line(one) for one in headline(found)]
    rows += [line((f"{model.label}: {said}.", "dim")) for model, said in _counts(found)]
    rows += [line(), *_tokens(found), line(), *_prices(found)]
    for part in (_ledger(found), _cold(found), _changes(found), _texts(found), _findings(found, reviews)):
        made = list(part)
        rows += [line(), *made] if made else []
    if found.roles:
        rows += [line(), line(("To change, in your own config.toml:", "bold"))]
        rows += [line(f"  {one}") for one in found.roles]
    return rows


def _counts(found: Migration) -> Iterator[tuple[Any, str]]:
    return zip((found.old, found.new), found.counts, strict=True)


def _tokens(found: Migration) -> list[Line]:
    head = (
        "prompts",
        "drawn",
        "tokens now",
        "same text",
        "change",
        "of a prompt, 95 %",
        "as it would be sent",
    )
    return render.table(head, token_rows(found), right=(1, 2, 3, 4, 6))


def _prices(found: Migration) -> list[Line]:
    head = ("one call", "in", "cached", "written", "out", "price", "with low and high answers", "answers")
    rows = []
    for one in found.prices:
        for label, side in ((found.old.label, one.old), (found.new.label, one.new)):
            rows.append((f"{one.task}, {label}", *price_row(side)))
    return render.table(head, rows, right=(1, 2, 3, 4, 5))


def price_row(side: Side) -> tuple[str, ...]:
    """One call as cells."""
    low, middle, high = side.usd
    step = f", price above {side.step:,}" if side.step else ""
    return (
        f"{side.input:,}",
        f"{side.cached:,}",
        f"{side.written:,}",
        f"{side.output.middle:,}",
        render.usd(middle),
        f"{render.usd(low)} to {render.usd(high)}",
        _BASES[side.output.basis] + step,
    )


def _ledger(found: Migration) -> Iterator[Line]:
    if not found.replays:
        return
    days = render.count(found.replays[-1].days, "day")
    yield line((f"Your calls of {days} with {found.old.label}, again with {found.new.label}:", "bold"))
    head = ("task", "calls", "paid", "would be", "change", "a day", "caches save a day")
    yield from render.table(head, [ledger_row(one) for one in found.replays], right=range(1, 6))


def ledger_row(one: Replay) -> tuple[str, ...]:
    """The calls of a task as cells."""
    old, new = one.usd
    saved = " -> ".join(money(part / one.days) for part in one.saved)
    change_ = times(new / old) if old else "-"
    return (
        one.task or "all",
        f"{one.calls:,}",
        render.usd(old),
        render.usd(new),
        change_,
        money((new - old) / one.days, sign=True),
        saved,
    )


def money(usd: float, *, sign: bool = False) -> str:
    """Money that may be less than nothing."""
    before = "-" if usd < 0 else "+" if sign and usd else ""
    return f"{before}{render.usd(abs(usd))}"


def cold_said(found: Migration) -> list[str]:
    """What is lost of caches, in sentences."""
    one = found.cold
    if one is None:
        return []
    parts = ", ".join(f"{task} {tokens:,}" for task, tokens in one.by_task.items())
    said = [
        f"Warm on the last day of {found.old.label}: {render.count(one.prefixes, 'beginning')} of prompts,"
        f" {one.tokens:,} tokens for {found.new.label}" + (f" ({parts})." if parts else "."),
        f"To write them anew costs {render.usd(one.usd)} more than to read them, once.",
    ]
    if one.too_short:
        said.append(f"Too short for its cache: {render.count(one.too_short, 'beginning')}.")
    if found.replays:
        effect = found.replays[-1].cache_effect_a_day
        word = "less" if effect >= 0 else "more"
        said.append(
            f"Its caches then save {render.usd(abs(effect))} a day {word} than those of {found.old.label}."
        )
    return said


def _cold(found: Migration) -> Iterator[Line]:
    said = cold_said(found)
    if said:
        yield line(("The cold cache", "bold"))
    yield from (line(one) for one in said)


def _changes(found: Migration) -> Iterator[Line]:
    if found.changes:
        yield line(("What is not as it was", "bold"))
    styles = {"lost": "yellow", "gained": "green", "differs": ""}
    for one in found.changes:
        yield line("  ", (f"{one.kind}: {one.what}", styles[one.kind]), f". {one.then}" if one.then else "")


def text_row(found: Migration, one: Weighed) -> tuple[str, ...]:
    """A standing text as cells."""
    share = "-" if not one.share_new else f"{one.share_old:.1%} -> {one.share_new:.1%}"
    return (
        one.name,
        one.task,
        f"{one.old:,}",
        f"{one.new:,}",
        times(one.growth) if is_measured(found, one.task) else "-",
        share,
        render.usd(one.usd_per_1000),
    )


def _texts(found: Migration) -> Iterator[Line]:
    if not found.texts:
        return
    yield line((TEXTS, "bold"))
    head = ("text", "of", "tokens now", "then", "change", "share of a prompt", "1,000 calls")
    shown = found.texts[:_MOST_TEXTS]
    yield from render.table(head, [text_row(found, one) for one in shown], right=(2, 3, 4, 6))
    for one in found.texts:
        yield from (line((f"  {one.name}: {said}", "yellow")) for said in one.advice)


def findings_of(found: Migration, reviews: Compared) -> tuple[list[Shared], list[Shared], list[Shared]]:
    """Findings of both, of the old model only, of the new one only."""

    def by(one: Shared) -> tuple[bool, bool]:
        return one.share.get(found.old.name, 0.0) > 0, one.share.get(found.new.name, 0.0) > 0

    both, old, new = ([one for one in reviews.shared if by(one) == who] for who in _WHO)
    return both, old, new


def _findings(found: Migration, reviews: Compared | None) -> Iterator[Line]:
    if reviews is None:
        return
    both, old, new = findings_of(found, reviews)
    files = render.count(len(reviews.cases), "file")
    said = f"Findings in {files}: {len(both)} of both, {len(old)} only of {found.old.label},"
    yield line((f"{said} {len(new)} only of {found.new.label} ({render.usd(reviews.cost_usd)})", "bold"))
    for label, some in ((found.old.label, old), (found.new.label, new)):
        for one in some:
            what = one.found.title or one.found.category
            yield line(f"  only {label}: {one.found.path}:{one.found.lines[0]} {what}")


def token_rows(found: Migration) -> list[tuple[str, ...]]:
    """What was counted, by task and for all: prompts, tokens of both, the change, its range."""
    return [
        (
            one.task or "all",
            f"{one.prompts}",
            f"{one.old:,}",
            f"{one.same:,}",
            times(one.ratio) if is_measured(found, one.task) else "-",
            interval(one) if is_measured(found, one.task) else "not counted",
            f"{one.new:,}",
        )
        for one in found.tokens
    ]
