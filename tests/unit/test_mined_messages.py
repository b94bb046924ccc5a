"""Which messages of commits say what is to be done, and the instruction that is made of one."""

from __future__ import annotations

import pytest

from counterpoint.comparing.commits import commits_in
from counterpoint.comparing.messages import is_fault, is_fix, stated, why_not


@pytest.mark.parametrize(
    "message",
    [
        "Preserve leading slashes in request path_url (#7315)",
        "fix(etag): avoid skipping headers when filtering 304 response headers (#5234)",
        "Send only one Host header in chunked request",
        "Add --min-depth and --exact-depth options to the existing option that limits the depth",
        ":bug: fix: skip body parsing on mount with dynamic mode",
        "Fix merge setting for not preserving original order of dict parameters",
        "Make Context.RoutePattern() nil-safe",
        "Retry requests of the client after a timeout\n\nAlso adds tests of the waiting.",
        "Retry requests of the client after a timeout and add a test of the waiting",
    ],
)
def test_a_message_that_says_what_is_to_be_done_is_a_task(message: str) -> None:
    assert why_not(message) == ""


RETRY = "Retry requests of the client after a timeout, and wait a second before"


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("Merge branch 'main' into feature/login of the payment page", "a merge or a copy"),
        (
            "Fix the order of retries after a timeout\n\n(cherry picked from commit 3f2a1b0)",
            "a merge or a copy",
        ),
        ('Revert "Send only one Host header in chunked request"', "a revert"),
        ("Add back URL.raw with NamedTuple for the old clients", "a revert"),
        ("v2.31.0", "a version"),
        ("Bump the version of the package to 3.2 for the next release", "a version"),
        ("Update dependency pytest to v8.1 in the lock of the workspace", "a change of dependencies"),
        ("WIP retry of requests after a timeout in the client", "unfinished"),
        ("Address the review comments about the retry of requests", "unfinished"),
        ("Add more tests for the retry of requests after a timeout", "only tests"),
        ("Fix flaky retry of requests after a timeout", "only tests"),
        ("Fix a typo in the message of the retry error", "form, comments"),
        ("Document how to disallow subdomains of allowed domains", "form, comments"),
        ("Rename the retry counter of the client to attempts left", "another shape"),
        ("Refactor the retry of requests after a timeout", "another shape"),
        ("Optimize the lookup of headers in large responses", "a matter of speed"),
        ("Various fixes for the retry of requests", "names nothing"),
        ("fix(ui): improve handling of empty slices and arrays in nested forms", "names nothing"),
        ("Fix environment CA bundle resolution logic", "names nothing"),
        ("make the Value method of the gin Context adhere to Go standards", "names nothing"),
        ("Fix retries", "too few words"),
        ("fix bug (#12)", "too few words"),
        ("chore(deps): pin the runtime image of the retry worker", "brings no behaviour about"),
        ("test: cover the retry of requests after a timeout", "brings no behaviour about"),
        ("Squash\n\n- a\n- b\n- c\n- d\n- e\n- f", "several changes"),
        (f"{RETRY}\n\n* feat: retry of uploads\n\n* the client waits longer\n\n", "several changes"),
        (f"{RETRY}\n\nAdded a limit of retries.\n\nMoved the waiting to the client.\n", "several changes"),
        (f"{RETRY}\n\n- split the waiting of the client into its steps of a second\n", "several changes"),
        (f"{RETRY}\n\nI plan to move the waiting to the client in a later PR.\n", "several changes"),
        (f"{RETRY}\n\nAlso fixes the order of headers in a redirect.", "several changes"),
        (f"{RETRY}\n\nIn addition, hide the token of the client in its log.", "several changes"),
        (f"{RETRY}\n\n* fix mock of the client\n", "several changes"),
        (f"{RETRY}\n\nI decided to leave the order of headers alone.\n", "several changes"),
        (f"{RETRY}\n\n- drive-by: the token of the client is hidden in its log", "several changes"),
        ("Retry requests of the client after a timeout and fix the order of headers", "several changes"),
        ("Retry requests of the client after a timeout when the togg…", "cut off"),
        ("Some improvements to the retry of requests after a timeout", "names nothing"),
        ("Fix a potential issue with the retry of requests after a timeout", "names nothing"),
        ("fix: the retry of client requests breaking the uploads of pictures", "names nothing"),
    ],
)
def test_a_message_that_does_not_is_none_and_says_why(message: str, reason: str) -> None:
    assert reason in why_not(message)


def test_the_instruction_has_no_numbers_trailers_addresses_or_diffs() -> None:
    message = """fix(client): retry once after a timeout (#1234)

A timeout was final. See https://example.org/issues/9 for how that went.

```diff
-    raise Timeout
+    return retry()
```

Fixes #1200, closes #1201
Co-authored-by: A <a@example.org>
Signed-off-by: B <b@example.org>
"""
    assert stated(message) == (
        "client: retry once after a timeout\n\nA timeout was final. See for how that went."
    )


def test_lines_that_the_change_wrote_are_not_given_away() -> None:
    message = (
        "Retry once after a timeout\n\nUse this:\n    return retry(times=1)\n"
        "```\nreturn retry(times=1)\n```\n```\nclient.get(url)  # no Timeout any more\n```"
    )
    said = stated(message, {"return retry(times=1)"})
    assert "retry(times=1)" not in said
    assert "client.get(url)" in said


def test_a_list_of_squashed_commits_keeps_only_what_tells_more_of_the_task() -> None:
    message = (
        "Retry once after a timeout of the gateway\n\n* retry once after timeout\n* Update client_test.go\n"
        "* chore: lint\n* review comments\n* keep the headers of the first attempt"
    )
    assert stated(message) == (
        "Retry once after a timeout of the gateway\n\n* keep the headers of the first attempt"
    )


def test_a_fix_mends_and_a_fault_was_wrong_as_it_stood() -> None:
    assert is_fix("Fix crash when the list is empty") and is_fault("Fix crash when the list is empty")
    assert not is_fix("feat: prevent open redirects via an allow list")
    assert not is_fix("Add support for a broken pipe signal")
    assert is_fix("fix(render): write content length in Data.Render")
    assert not is_fault("fix(render): write content length in Data.Render")


def test_a_message_made_to_be_long_is_read_in_part() -> None:
    log = f"\x01{'a' * 40}\0{'b' * 40}\x001700000000\0Fix the count\n{'extract a ' * 50_000}\0"
    (found,) = commits_in(log)
    assert found.subject == "Fix the count" and len(found.message) == 4_000
    assert isinstance(why_not(found.message), str)


def test_a_point_that_is_left_out_goes_with_the_rows_that_go_on_with_it() -> None:
    told = stated(
        f"{RETRY}\n\n- update client.py\n  and what belongs to it\n- wait longer each time it fails\n"
    )
    assert told == f"{RETRY}\n\n- wait longer each time it fails"


def test_a_review_is_not_asked_in_the_message_s_words() -> None:
    assert why_not("Fix retries") and not why_not("Fix retries", asks=False)
    assert why_not("Revert the retry of requests after a timeout", asks=False)
