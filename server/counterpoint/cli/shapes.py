"""Answers as the JSON of the contract (`tests/contract/*.json`). Values in, values out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from counterpoint.answers import Dropped, FileChange, Finding, Fix
    from counterpoint.calls import Call
    from counterpoint.cli.silence import Silenced
    from counterpoint.diffs import FileDiff
    from counterpoint.flows.expecting import Expected
    from counterpoint.flows.refactoring.values import Receipt, Refactored
    from counterpoint.flows.review import Priced, Review
    from counterpoint.routing import Candidate
    from counterpoint.testruns.values import Failure
    from counterpoint.text import Position

SCHEMA = 1


def finding(item: Finding) -> dict[str, Any]:
    """One finding; positions are 1-based, columns count characters."""
    return {
        "id": item.id,
        "path": item.path,
        "start": _position(item.start),
        "end": _position(item.end),
        "severity": item.severity,
        "confidence": item.confidence,
        "category": item.category,
        "pass": item.lens,
        "title": item.title,
        "body": item.body,
        "status": item.status,
        "model": item.model,
        "evidence": [{"path": one.path, "line": one.line, "quote": one.quote} for one in item.evidence],
        "fix": _fix(item.fix) if item.fix else None,
        "rule": item.rule,
        "symbol": item.symbol,
        "verifier": item.verifier,
        "said": item.said,
    }


def _position(at: Position) -> dict[str, int]:
    return {"line": at.line + 1, "column": at.column + 1}


def _fix(fix: Fix) -> dict[str, Any]:
    edits = [
        {
            "path": edit.path,
            "old": edit.old,
            "new": edit.new,
            "near_line": edit.near_line,
            "reason": edit.reason,
        }
        for edit in fix.edits
    ]
    return {"title": fix.title, "edits": edits, "proof": list(fix.proof)}


def dropped(items: Iterable[Dropped]) -> list[dict[str, str]]:
    return [{"reason": item.reason, "detail": item.detail} for item in items]


def calls(items: Iterable[Call]) -> list[dict[str, Any]]:
    return [
        {
            "job": call.job,
            "task": call.task,
            "model": call.model,
            "reason": call.reason,
            "input_tokens": call.usage.input_tokens,
            "cached_tokens": call.usage.cached_tokens,
            "output_tokens": call.usage.output_tokens,
            "cost_usd": round(call.cost_usd, 9),
            "seconds": round(call.seconds, 3),
        }
        for call in items
    ]


def review(found: Review, aside: Sequence[Silenced] = (), limits: str = "") -> dict[str, Any]:
    """`aside` are findings that were set aside, `limits` says in words why less was done."""
    return {
        "schema": SCHEMA,
        "complete": found.complete,
        "findings": [finding(item) for item in found.findings],
        "suppressed": [suppressed(one) for one in aside],
        "dropped": dropped(found.dropped),
        "skipped": [{"path": path, "reason": reason} for path, reason in found.skipped],
        "errors": [
            {"stage": one.stage, "provider": one.provider, "code": one.code, "message": one.message}
            for one in found.errors
        ],
        "units": [asdict(row) for row in found.told],
        "calls": calls(found.calls),
        "cost_usd": round(found.cost_usd, 9),
        "notice": limits or found.notice,
    }


def suppressed(one: Silenced) -> dict[str, Any]:
    """A finding that was set aside, with the reason."""
    return {
        **finding(one.finding),
        "suppression": {
            "for": one.whom,
            "reason": one.reason,
            "author": one.author,
            "date": one.date,
            "expires": one.expires,
        },
    }


def estimate(price: Priced, parallel: int) -> dict[str, Any]:
    """The sum over what would be asked. `cost_usd.high` is what would be reserved: no call can cost more;
    `expected_usd` what it will come to most likely, without and with what may follow from the answers.

    The first request runs alone, to write the prompt cache, and the others `parallel` at a time. What is
    known already takes no time and costs nothing.
    """
    asks = price.asks
    times = [one.seconds for one in asks]
    times[1:] = [(low / parallel, high / parallel) for low, high in times[1:]]
    return {
        "schema": SCHEMA,
        "units": price.units,
        "known": price.known,
        "requests": len(asks),
        "input_tokens": sum(one.input_tokens for one in asks),
        "output_tokens": _range([one.output_tokens for one in asks], 0),
        "cost_usd": _range([(one.cost_usd[0], one.upper_usd) for one in asks], 6),
        "expected_usd": {
            "alone": _range([one.cost_usd for one in price.alone], 6),
            "with_second_looks": _range([one.cost_usd for one in asks], 6),
        },
        "seconds": _range(times, 1),
    }


def expected(task: str, found: Expected, further: str = "") -> dict[str, Any]:
    """The estimate of one question of a task, as that of a review. `further` names what may follow from its
    answer."""
    from counterpoint.flows.review import Priced

    whole = estimate(Priced(1, 0, (found.whole,), (), (found.alone,)), 1)
    usual = whole["expected_usd"]
    also = {further: usual["with_second_looks"]} if further else {}
    return {**whole, "task": task, "expected_usd": {"alone": usual["alone"], **also}}


def _range(pairs: Sequence[tuple[float, float]], digits: int) -> dict[str, float]:
    low, high = sum(pair[0] for pair in pairs), sum(pair[1] for pair in pairs)
    return {"low": round(low, digits or None), "high": round(high, digits or None)}


def edit(found: Refactored, diffs: Sequence[FileDiff]) -> dict[str, Any]:
    """A change set with what became of who relies on it, and of the tests."""
    from counterpoint.audit import row as audit_row

    answer = found.answer
    doubts = {one.moved_to or one.path: one for one in answer.files}
    return {
        "schema": SCHEMA,
        "files": [
            {
                "path": one.path,
                **({"old_path": one.old_path} if one.old_path else {}),
                "diff": one.diff,
                "doubts": _doubts(doubts[one.path]),
            }
            for one in diffs
        ],
        "dropped": dropped(answer.dropped),
        "audit": {**audit_row(found.audit), "notes": list(found.audit.notes)} if answer.files else {},
        "tests": _tests(found.receipt),
        "said": found.said,
        "notes": list(found.told),
        "assumptions": list(answer.assumptions),
        "question": answer.question,
        "calls": calls(found.reply.calls),
        "cost_usd": round(found.reply.cost_usd, 9),
    }


def _doubts(change: FileChange) -> list[str]:
    return [doubt for doubt in dict.fromkeys((change.doubt, *change.doubts)) if doubt]


def _tests(receipt: Receipt) -> dict[str, Any] | None:
    """What ran; None where nothing did."""
    if not receipt.command:
        return None
    return {
        "command": receipt.command,
        "said": receipt.said,
        "passed": receipt.passed,
        "total": receipt.total,
        "chosen": receipt.chosen,
        "of": receipt.of,
        "why": receipt.why,
        "failures": [_failure(one) for one in receipt.failures],
        "repaired": [_failure(one) for one in receipt.repaired],
    }


def _failure(one: Failure) -> dict[str, Any]:
    return {
        "test": one.test,
        "category": one.category,
        "path": one.path,
        "line": one.line,
        "error": one.error,
        "message": one.message,
    }


def route(candidates: Sequence[Candidate], once_more: Candidate | None, **bears: Any) -> dict[str, Any]:
    """`once_more` is who is asked where nothing of the answer can be used; `bears` what bears on it."""
    return {
        "schema": SCHEMA,
        "candidates": [_candidate(one) for one in candidates],
        "once_more": None if once_more is None else _candidate(once_more),
        **bears,
    }


def _candidate(one: Candidate) -> dict[str, Any]:
    return {
        "role": one.role,
        "model": one.model.name,
        "effort": one.effort,
        "tier": one.tier,
        "reason": one.reason,
    }
