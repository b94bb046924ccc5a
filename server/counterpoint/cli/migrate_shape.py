"""What changing the model means, as JSON. Values in, values out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from counterpoint.cli import shapes
from counterpoint.cli.migrate_told import findings_of
from counterpoint.comparing.migration import Migration, Side, TaskPrice, Tokens
from counterpoint.comparing.replaying import Replay
from counterpoint.comparing.values import Compared


def shape(found: Migration, reviews: Compared | None) -> dict[str, Any]:
    """As JSON."""
    return {
        "schema": shapes.SCHEMA,
        "old": found.old.name,
        "new": found.new.name,
        "counts": dict(zip(("old", "new"), found.counts, strict=True)),
        "tokens": [_tokens_shape(one) for one in found.tokens],
        "prices": [_price_shape(one) for one in found.prices],
        "ledger": [_replay_shape(one) for one in found.replays],
        "cold_cache": asdict(found.cold) if found.cold else None,
        "changes": [asdict(one) for one in found.changes],
        "texts": [{**asdict(one), "growth": round(one.growth, 4)} for one in found.texts],
        "findings": None if reviews is None else _findings_shape(found, reviews),
        "roles": list(found.roles),
        "shutdown": found.shutdown or None,
        "prompts": [asdict(one) for one in found.counted],
        "seed": found.seed,
        "notes": list(found.notes),
    }


def _tokens_shape(one: Tokens) -> dict[str, Any]:
    reach = None if one.low is None else {"low": one.low, "high": one.high}
    exact = {"old": one.exact_old, "new": one.exact_new}
    sums = {"prompts": one.prompts, "old": one.old, "same": one.same, "new": one.new}
    return {"task": one.task or None, **sums, "ratio": one.ratio, "interval": reach, "exact": exact}


def _side_shape(side: Side) -> dict[str, Any]:
    low, middle, high = side.usd
    return {
        "input_tokens": side.input,
        "cached_tokens": side.cached,
        "written_tokens": side.written,
        "output_tokens": asdict(side.output),
        "cost_usd": {"low": low, "middle": middle, "high": high},
        "price_above_input_tokens": side.step,
    }


def _price_shape(one: TaskPrice) -> dict[str, Any]:
    return {"task": one.task, "old": _side_shape(one.old), "new": _side_shape(one.new), "ratio": one.ratio}


def _replay_shape(one: Replay) -> dict[str, Any]:
    return {
        "task": one.task or None,
        "calls": one.calls,
        "days": one.days,
        "cost_usd": _pair(one.usd),
        "caches_saved_usd": _pair(one.saved),
        "cached_share": _pair((one.cached[0][0], one.cached[1][0])),
        "cache_effect_usd_a_day": one.cache_effect_a_day,
    }


def _pair(pair: tuple[float, float]) -> dict[str, float]:
    return {"old": pair[0], "new": pair[1]}


def _findings_shape(found: Migration, reviews: Compared) -> dict[str, Any]:
    named: Sequence[str] = ("both", "old_only", "new_only")
    parts = {
        name: [asdict(one.found) for one in some]
        for name, some in zip(named, findings_of(found, reviews), strict=True)
    }
    made = {"cases": len(reviews.cases), "cost_usd": reviews.cost_usd, "complete": reviews.complete}
    return {**parts, **made, "ended": reviews.ended}
