"""Rules on JavaScript and TypeScript that need to know what a callee gives."""

from __future__ import annotations

import re

from ast_grep_py import SgNode

from counterpoint.static import script_facts, syntax
from counterpoint.static.site import Found, Site
from counterpoint.text import Edit, Span

_BACKGROUND = re.compile(r"(?:^|[.#])(?:(?:re|pre)?fetch|refresh|reload|revalidate)(?=[A-Z_]|$)")
_OWN_BUSINESS = re.compile(r"(?i)telemetry|analytics")
_PAGE = re.compile(
    r"\bdocument\.(?:get|query|create|body|head|add)|\bwindow\.\w|\$\(|\bJQuery<"
    r"|\bfrom\s+[\"'](?:react|preact|vue|svelte|mobx|jquery)[/\"']|\bexport\s+default\s+class\s+\w*Widget\b"
)
_KEEPS = re.compile(
    r"(?:^|[.#])(?:save|persist|write|put|insert|delete|remove|create|commit|flush|upload|submit)(?=[A-Z_]|$)"
)
_HANDED_ON = re.compile(r",\s*next\s*\)$")
_TESTS = {"if_statement", "while_statement", "do_statement", "ternary_expression"}


def floating_promise(call: SgNode, site: Site) -> Found | None:
    """A call inside an async function whose promise, known to be one, is dropped.

    What is fetched anew for a store is left: it is meant to come when it comes, above all amid a rollback.
    In a page only what keeps something is told: no process ends there by an error that nobody takes.
    """
    callee = call.field("function")
    if callee is None or _on_its_own(callee.text(), call) or not _in_async(call):
        return None
    if _in_page(site) and not _KEEPS.search(callee.text()):
        return None
    return _found(call, site)


def _on_its_own(callee: str, call: SgNode) -> bool:
    """True for what nobody waits for by its name, and for what hands its errors to Express."""
    if _BACKGROUND.search(callee) or _OWN_BUSINESS.search(callee):
        return True
    return _HANDED_ON.search(call.text()) is not None


def _in_page(site: Site) -> bool:
    if "page" not in site.memo:
        path = site.document.path
        site.memo["page"] = path.endswith((".tsx", ".jsx")) or _PAGE.search(site.document.text) is not None
    found: bool = site.memo["page"]
    return found


def promise_as_condition(call: SgNode, site: Site) -> Found | None:
    """A promise, always true, where its value was meant: in a condition or behind `!`."""
    node, parent = call, call.parent()
    while parent is not None and parent.kind() == "parenthesized_expression":
        node, parent = parent, parent.parent()
    if parent is None:
        return None
    if parent.kind() == "unary_expression":
        operator = parent.field("operator")
        tested = operator is not None and operator.text() == "!"
    else:
        tested = parent.kind() in _TESTS and parent.field("condition") == node
    return _found(call, site) if tested else None


def _in_async(call: SgNode) -> bool:
    function = syntax.enclosing(call, syntax.FUNCTIONS)
    return function is not None and syntax.is_async(function)


def _found(call: SgNode, site: Site) -> Found | None:
    callee = call.field("function")
    place = script_facts.promised(site, callee) if callee is not None else None
    if callee is None or place is None:
        return None
    at = syntax.span(call).start
    replace = (Edit(Span(at, at), "await "),) if _in_async(call) else ()
    return Found(call, {"CALLEE": callee.text()}, (place,), replace)
