"""Rules on JavaScript and TypeScript that need to know what a callee gives."""

from __future__ import annotations

import re
from dataclasses import replace

from ast_grep_py import SgNode

from counterpoint.answers import Evidence
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
_OFTEN_ALONE = re.compile(
    r"(?:^|[.#_])_*(?:start|run|loop|poll|watch|listen|schedule|tick|monitor|notify|log|track|emit|broadcast"
    r"|publish|send|warm|preload|init|stop|close|cleanup|sync|on|handle|call\w*Hook)(?=[A-Z_]|$)"
)
_MEANT = re.compile(
    r"(?i)background|fire[- ]and[- ]forget|\b(?:not?|never|without|don'?t|needn'?t|doesn'?t)\s+"
    r"(?:\w+\s+){0,2}(?:a?wait|block)|intentional|deliberate|on purpose|in parallel"
)
_HANDED_ON = re.compile(r",\s*next\s*\)$")
_TESTS = {"if_statement", "while_statement", "do_statement", "ternary_expression"}


def floating_promise(call: SgNode, site: Site) -> Found | None:
    """A call inside an async function whose promise, known to be one, is dropped.

    What is fetched anew for a store is left: it is meant to come when it comes, above all amid a rollback.
    In a page only what keeps something is told: no process ends there by an error that nobody takes.
    """
    callee = call.field("function")
    if callee is None or _on_its_own(callee.text(), call) or not _in_async(call) or _meant(call, site):
        return None
    page = _in_page(site)
    if page and not _KEEPS.search(callee.text()):
        return None
    found = _found(call, site)
    if found is None:
        return None
    needed = not page and not _catches_all(site, found.evidence[0]) and _needed(callee.text(), call, site)
    return replace(found, sure=needed)


def _needed(callee: str, call: SgNode, site: Site) -> bool:
    """True if the same call is awaited elsewhere in the file, and here code follows that runs too early."""
    awaited = f"await {callee}(" in site.document.text
    return awaited and _goes_on(call) and _OFTEN_ALONE.search(callee) is None


def _catches_all(site: Site, place: Evidence) -> bool:
    """True for a function of this file in which all that is awaited is caught: dropping it loses no error."""
    kinds = [{"kind": kind} for kind in ("method_definition", "function_declaration", "arrow_function")]
    for function in syntax.search(site.root, {"rule": {"any": kinds}}):
        if place.path == site.document.path and syntax.line_of(function, site.document) == place.line:
            awaited = function.find_all(kind="await_expression")
            return bool(awaited) and all(syntax.caught(one) for one in awaited)
    return False


def _goes_on(call: SgNode) -> bool:
    """True if another statement follows in the same block."""
    statement = call.parent()
    following = statement.next() if statement is not None else None
    while following is not None and following.kind() in ("comment", ";"):
        following = following.next()
    return following is not None and following.kind() != "}"


def _meant(call: SgNode, site: Site) -> bool:
    """True if a comment on the line or above it says that nobody is to wait."""
    line = syntax.line_of(call, site.document) - 1
    near = (site.document.line(at).partition("//")[2] for at in (line - 2, line - 1, line) if at >= 0)
    return any(_MEANT.search(text) for text in near)


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
