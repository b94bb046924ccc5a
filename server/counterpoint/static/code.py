"""The functions a shipped rule may name as its `code`, and those small enough to live here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from ast_grep_py import SgNode

from counterpoint.static import certain, python_rules, script_rules, syntax
from counterpoint.static.site import Found, Site
from counterpoint.text import Edit


def digest_compared(match: SgNode, site: Site) -> Found:
    """Rewrite `a == b` and `a != b` as a comparison in constant time."""
    left, right = match.named_children()
    negated = any(child.kind() == "!=" for child in match.children())
    new = f"{'not ' if negated else ''}hmac.compare_digest({left.text()}, {right.text()})"
    return Found(match, replace=(Edit(syntax.span(match), new),))


Refine = Callable[[SgNode, Site], Found | None]

CODE: Mapping[str, Refine] = MappingProxyType({
    "digest-compared": digest_compared,
    "missing-await": python_rules.missing_await,
    "missing-async": python_rules.missing_async,
    "unguarded-shared-state": python_rules.unguarded_shared_state,
    "floating-promise": script_rules.floating_promise,
    "promise-as-condition": script_rules.promise_as_condition,
    "assert-guards-access": certain.assert_guards_access,
    "changed-while-iterated": certain.changed_while_iterated,
    "async-callback": certain.async_callback,
    "cancellation-swallowed": certain.cancellation_swallowed,
    "credential": certain.credential,
    "error-not-raised": certain.error_not_raised,
    "mutable-default": certain.mutable_default,
    "eval-of-input": certain.eval_of_input,
    "inner-html": certain.inner_html,
    "jwt-unverified": certain.jwt_unverified,
    "return-in-finally": certain.return_in_finally,
    "shell-built": certain.shell_built,
    "sql-built": certain.sql_built,
    "tls-unverified": certain.tls_unverified,
    "weak-random": certain.weak_random,
})  # fmt: skip
