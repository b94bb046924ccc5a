"""What vendors say of their limits, in each of the forms they say it in."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from counterpoint.rates import MINUTE, Rate, duration, rates_of

NOW = datetime(2026, 11, 21, 20, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120ms", 0.12),
        ("1s", 1.0),
        ("6m0s", 360.0),
        ("1h2m3.5s", 3_723.5),
        ("2d", 172_800.0),
        ("17.3us", 0.0000173),
        ("30", 30.0),
        ("0", 0.0),
        ("2026-11-21T20:00:07Z", 7.0),
        ("2026-11-21T21:00:07+01:00", 7.0),
        ("2026-11-21T19:59:00Z", 0.0),
        ("Sat, 21 Nov 2026 20:00:09 GMT", 9.0),
        ("1795291207", 7.0),
        ("1795291193", 0.0),
        ("", None),
        ("soon", None),
        ("6m0sx", None),
        ("-3", None),
        ("nan", None),
        ("1e400", None),
    ],
)
def test_a_duration_in_any_form(text: str, seconds: float | None) -> None:
    found = duration(text, now=NOW)
    assert found == (seconds if seconds is None else pytest.approx(seconds))


def test_a_clock_that_is_wrong_here_does_not_matter() -> None:
    date = "Sat, 21 Nov 2026 23:00:00 GMT"
    assert duration("2026-11-21T23:00:05Z", date, NOW) == 5.0
    assert duration("2026-11-21T20:00:05Z", "no date", NOW) == 5.0


def test_openais_headers() -> None:
    headers = {
        "x-ratelimit-limit-requests": "500",
        "x-ratelimit-remaining-requests": "499",
        "x-ratelimit-reset-requests": "120ms",
        "x-ratelimit-limit-tokens": "30000",
        "x-ratelimit-remaining-tokens": "29000",
        "x-ratelimit-reset-tokens": "2s",
        "x-ratelimit-limit-project-tokens": "10000",
        "x-ratelimit-remaining-project-tokens": "0",
        "x-ratelimit-reset-project-tokens": "6m0s",
    }
    assert dict(rates_of(headers)) == {
        "requests": Rate(500, 499, 0.12),
        "tokens": Rate(30_000, 29_000, 2.0),
        "project-tokens": Rate(10_000, 0, 360.0),
    }


def test_anthropics_headers() -> None:
    names = {"requests": 50, "tokens": 48_000, "input-tokens": 40_000, "output-tokens": 8_000}
    headers = {"date": "Sat, 21 Nov 2026 20:00:00 GMT"}
    for name, limit in names.items():
        headers[f"anthropic-ratelimit-{name}-limit"] = str(limit)
        headers[f"anthropic-ratelimit-{name}-remaining"] = str(limit // 2)
        headers[f"anthropic-ratelimit-{name}-reset"] = "2026-11-21T20:00:30Z"
    assert dict(rates_of(headers)) == {name: Rate(limit, limit // 2, 30.0) for name, limit in names.items()}


def test_what_a_gateway_passes_on() -> None:
    passed = {
        "llm_provider-x-ratelimit-limit-tokens": "100",
        "llm_provider-x-ratelimit-remaining-tokens": "40",
        "llm_provider-anthropic-ratelimit-input-tokens-limit": "10",
        "llm_provider-anthropic-ratelimit-input-tokens-remaining": "4",
    }
    assert dict(rates_of(passed)) == {"tokens": Rate(100, 40, MINUTE), "input-tokens": Rate(10, 4, MINUTE)}
    own = {"X-RateLimit-Limit-Tokens": "50", "X-RateLimit-Remaining-Tokens": "5"}
    assert dict(rates_of({**passed, **own}))["tokens"] == Rate(50, 5, MINUTE)


def test_what_is_missing_or_odd_is_left_out() -> None:
    assert rates_of({}) == ()
    assert rates_of({"x-ratelimit-remaining-requests": "3"}) == ()
    assert rates_of({"x-ratelimit-limit-tokens": "0", "x-ratelimit-remaining-tokens": "0"}) == ()
    found = rates_of({"x-ratelimit-limit-tokens": "10", "x-ratelimit-remaining-tokens": "99"})
    assert found == (("tokens", Rate(10, 10, MINUTE)),)


def test_a_gateway_that_tells_unix_time_is_waited_for_and_no_longer() -> None:
    headers = {
        "x-ratelimit-limit-requests": "100",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": "1795291230",
    }
    assert rates_of(headers, NOW) == (("requests", Rate(100.0, 0.0, 30.0)),)


def test_errors_bring_in_nothing_that_reads_mail() -> None:
    code = "import counterpoint.errors, sys; assert 'email' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
