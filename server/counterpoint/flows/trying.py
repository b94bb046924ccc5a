"""What is measured of the two answers to one question of a trial, and when the trial is over."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from counterpoint import trials
from counterpoint.answers import Answer, Findings, Insertion
from counterpoint.comparing import measures
from counterpoint.comparing.values import Found, Run
from counterpoint.engine import Engine
from counterpoint.flows.checked import parsing_worse
from counterpoint.flows.proving import Outlines
from counterpoint.ledger_rows import NANO, SHADOW
from counterpoint.ledger_trials import Measures, Pair, Trial
from counterpoint.ports import Asked
from counterpoint.text import Document

_CONTEXT = 200
_MOST = 4_000


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the user's own answer to it; of a suggestion also what stood in its place later, None
    where nobody knows."""

    asked: Asked
    kept: str | None = None


async def pair(question: Question, theirs: Asked, outline: Outlines | None) -> Pair:
    """Both answers, measured. The trial's name is still to be put in."""
    mine = question.asked
    answers = (mine.answer, theirs.answer)
    found = shared(*map(_findings, answers))
    kept = [_similar(one, question.kept) for one in answers]
    document = mine.situation.document
    one = await _measures(mine, outline, found[0], kept[0])
    other = await _measures(theirs, outline, found[1], kept[1])
    return Pair("", mine.job, SHADOW + mine.job, mine.task.name, document.language, one, other)


def written(engine: Engine, terms: tuple[str, str, float, int], pair: Pair) -> str:
    """Write a pair down; returns the verdict, if that has ended the trial. Reads and writes the ledger."""
    held = engine.ledger.trials
    trial = held.begun(*terms)
    if trial.ended is not None:
        return ""
    held.add(replace(pair, trial=trial.name))
    known = held.known(*terms)
    return concluded(engine, known) if known is not None else ""


def concluded(engine: Engine, trial: Trial) -> str:
    """The verdict of a trial that is due, written down by us; "" where it goes on, or another process was
    quicker. Reads and writes the ledger."""
    now = time.time()
    if not trials.due(trial, now):
        return ""
    held = engine.ledger.trials
    days = min(trial.days, max(1.0, (now - trial.began) / 86_400))
    said = trials.verdict(
        held.pairs(trial.name), days, *(label(engine, one) for one in (trial.model, trial.other))
    )
    return said if held.end(trial, said) else ""


def label(engine: Engine, name: str) -> str:
    """What a model is called; its name where the catalogue has it no more."""
    row = engine.catalogue.models.get(name)
    return row.label if row else name


async def _measures(
    asked: Asked, outline: Outlines | None, found: float | None, similar: float | None
) -> Measures:
    document, model = asked.situation.document, asked.calls[-1].model
    calls = [call for call in asked.calls if call.model == model]
    run = Run(asked.job, model, "", 1, error="" if asked.answer is not None else "bad-answer")
    if asked.answer is not None:
        changes = measures.changes_of(asked.answer, document)
        worse = bool(await parsing_worse(changes, outline)) if changes else None
        run = replace(run, answered=replace(measures.answered(asked.answer, document), parses_worse=worse))
    run = measures.measured(run, calls)
    absent = run.answered.absent
    return {
        "model": model,
        "seconds": run.seconds,
        "first_token_seconds": run.first_token_seconds,
        "cost_usd": run.cost_usd,
        "input_tokens": run.input_tokens,
        "cached_tokens": run.cached_tokens,
        "output_tokens": run.output_tokens,
        "done": float(measures.of_use(run)),
        "absent": None if absent is None else float(absent),
        "found": found,
        "similar": similar,
    }


def _findings(answer: Answer | None) -> tuple[Found, ...] | None:
    return tuple(map(measures.found_of, answer.kept)) if isinstance(answer, Findings) else None


def shared(
    mine: tuple[Found, ...] | None, theirs: tuple[Found, ...] | None
) -> tuple[float | None, float | None]:
    """Which share of all that the two have found each has; None where neither has found anything."""
    if mine is None or theirs is None:
        return None, None
    ours = [one for one in mine if any(measures.same(one, other) for other in theirs)]
    alone = [one for one in theirs if not any(measures.same(one, other) for other in mine)]
    whole = len(mine) + len(alone)
    return (len(mine) / whole, (len(ours) + len(alone)) / whole) if whole else (None, None)


def stands(asked: Asked, now: Document | None) -> str | None:
    """What stands in a document at the place a suggestion was made for: all up to the text that followed it.
    None where the place is not to be found."""
    if now is None or not isinstance(asked.answer, Insertion):
        return None
    old, span = asked.situation.document.text, asked.answer.span
    before, after = old[max(0, span.start - _CONTEXT) : span.start], old[span.end :]
    if now.text[: span.start] == old[: span.start]:
        at = span.start
    elif before.strip() and now.text.count(before) == 1:
        at = now.text.index(before) + len(before)
    else:
        return None
    if now.text.endswith(after) and len(now.text) - len(after) >= at:
        return now.text[at : len(now.text) - len(after)]
    end = now.text.find(after[:_CONTEXT], at) if after.strip() else -1
    return now.text[at:end] if end >= 0 else now.text[at : at + _MOST]


def _similar(answer: Answer | None, kept: str | None) -> float | None:
    """How alike a suggestion and what stands in its place are, 0 to 1, over as many lines as it has."""
    if kept is None or not isinstance(answer, Insertion):
        return None
    text = answer.text[:_MOST]
    count = max(1, text.count("\n") + (not text.endswith("\n")))
    there = "".join(kept[:_MOST].splitlines(keepends=True)[:count])
    if not text.strip() or not there.strip():
        return 0.0
    return SequenceMatcher(None, text.strip(), there.strip(), autojunk=False).ratio()


def short_of_money(engine: Engine) -> bool:
    """Whether more than half of any budget is gone: what is left is for what the user asks. Reads the
    ledger."""
    budget, spent = engine.settings.budget, engine.ledger.spent()
    caps = [(spent.day / NANO, budget.day_usd), (spent.month / NANO, budget.month_usd)]
    caps += [(spent.roles.get(role, 0) / NANO, cap) for role, cap in budget.roles.items()]
    caps.append((engine.ledger.spent_here, budget.session_usd))
    return any(cap and used > cap / 2 for used, cap in caps)
