"""Rules on Python that need to know what a name means: code over the syntax, not a pattern."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ast_grep_py import SgNode

from counterpoint.answers import Evidence
from counterpoint.static import python_changes, syntax
from counterpoint.static.python_names import (
    ASYNC_MANAGERS,
    COROUTINE_FUNCTIONS,
    COROUTINE_METHODS,
    Meaning,
    here,
    meaning,
    member,
)
from counterpoint.static.site import Found, Site
from counterpoint.text import Edit, Span

_DEF = frozenset({"function_definition"})
_OF_COROUTINES = ("close", "send", "throw", "cr_frame", "cr_running", "cr_code", "cr_await", "__await__")
_USES = {
    "comparison_operator", "not_operator", "binary_operator", "interpolation", "unary_operator",
}  # fmt: skip
_TAKES_OUT = re.compile(r"\.(?:remove|pop)\((?![^()]*,\s*None\s*\))")
_TESTS = {"if_statement", "elif_clause", "while_statement"}


def missing_await(call: SgNode, site: Site) -> Found | None:
    """A call of a known coroutine function whose result is dropped, or used as if it were the value."""
    use = _use(call)
    callee = call.field("function")
    if use is None or callee is None:
        return None
    known = _coroutine(meaning(site, callee))
    if known is None or (use == "assigned" and not _used_as_value(call)):
        return None
    replace: tuple[Edit, ...] = ()
    if _in_coroutine(call):
        place = syntax.span(call)
        if use == "part":
            replace = (Edit(Span(place.start, place.start), "(await "), Edit(Span(place.end, place.end), ")"))
        else:
            replace = (Edit(Span(place.start, place.start), "await "),)
    elsewhere = () if isinstance(known, str) else (known,)
    return Found(call, {"CALLEE": callee.text()}, elsewhere, replace)


def _coroutine(found: Meaning | None) -> Evidence | str | None:
    if found is None:
        return None
    if found.function is not None:
        return found.function.place if found.function.kind == "async" else None
    owner, _, name = found.outside.rpartition(".")
    known = found.outside in COROUTINE_FUNCTIONS or name in COROUTINE_METHODS.get(owner, ())
    return found.outside if known else None


def _use(call: SgNode) -> str | None:
    """How the call's result is used, if that is wrong for a coroutine: dropped, whole, part or assigned."""
    parent = call.parent()
    if parent is None:
        return None
    kind = parent.kind()
    if kind == "expression_statement":
        return "dropped"
    if kind == "attribute":
        attribute = parent.field("attribute")
        return None if attribute is None or attribute.text() in _OF_COROUTINES else "part"
    if kind == "subscript":
        return "part" if parent.field("value") == call else None
    if kind in _USES:
        return "whole"
    if kind in _TESTS:
        return "whole" if parent.field("condition") == call else None
    if kind == "conditional_expression":
        return "whole" if len(parent.named_children()) == 3 and parent.named_children()[1] == call else None
    if kind == "assignment" and parent.field("right") == call:
        left = parent.field("left")
        return "assigned" if left is not None and left.kind() == "identifier" else None
    return None


def _used_as_value(call: SgNode) -> bool:
    """True if the name the call is assigned to is only ever used as the value it is not."""
    assignment = call.parent()
    left = assignment.field("left") if assignment is not None else None
    function = syntax.enclosing(call, _DEF)
    if left is None or function is None:
        return False
    uses = [node for node in function.find_all(kind="identifier", regex=f"^{left.text()}$") if node != left]
    uses = [node for node in uses if not _is_label(node)]
    return bool(uses) and all(_use(node) in ("part", "whole") for node in uses)


def _is_label(node: SgNode) -> bool:
    parent = node.parent()
    if parent is None:
        return False
    if parent.kind() == "attribute":
        return parent.field("attribute") == node
    return parent.kind() == "keyword_argument" and parent.field("name") == node


def _in_coroutine(node: SgNode) -> bool:
    function = syntax.enclosing(node, syntax.FUNCTIONS)
    return function is not None and syntax.is_async(function)


def missing_async(node: SgNode, site: Site) -> Found | None:
    """A plain `with` on an async context manager, or a plain `for` over an async generator."""
    statement = next((p for p in (node, *syntax.ancestors(node)) if p.kind().endswith("_statement")), None)
    if statement is None or any(child.kind() == "async" for child in statement.children()):
        return None
    if statement.kind() == "for_statement":
        subject = node.field("right")
        known = _async_iterator(site, subject)
        word = "for"
    else:
        subject = node.field("value")
        if subject is not None and subject.kind() == "as_pattern":
            subject = subject.named_children()[0]
        known = _async_manager(site, subject)
        word = "with"
    if known is None or subject is None:
        return None
    at = statement.range().start.index
    clause = node.parent()
    alone = node.kind() != "with_item" or (clause is not None and len(clause.named_children()) == 1)
    replace = (Edit(Span(at, at), "async "),) if _in_coroutine(node) and alone else ()
    elsewhere = () if isinstance(known, str) else (known,)
    return Found(subject, {"SUBJECT": subject.text(), "WORD": word}, elsewhere, replace)


def _async_iterator(site: Site, subject: SgNode | None) -> Evidence | str | None:
    callee = subject.field("function") if subject is not None and subject.kind() == "call" else None
    found = meaning(site, callee) if callee is not None else None
    if found is None or found.function is None or found.function.kind not in ("agen", "async"):
        return None
    return found.function.place


def _async_manager(site: Site, subject: SgNode | None) -> Evidence | str | None:
    if subject is None:
        return None
    if subject.kind() == "call" and (callee := subject.field("function")) is not None:
        found = meaning(site, callee)
        if found is not None and found.function is not None:
            return found.function.place if found.function.kind == "manager" else None
    else:
        found = meaning(site, subject)
    if found is None:
        return None
    if found.klass is not None:
        klass = found.klass[0]
        plain = not klass.bases and "__enter__" not in klass.methods
        return klass.place if plain and "__aenter__" in klass.methods else None
    return found.outside if found.outside in ASYNC_MANAGERS else None


def unguarded_shared_state(node: SgNode, site: Site) -> Found | None:
    """A change of a module-level container that another task can come between, or that skips its lock."""
    container = _changed(node)
    function = syntax.enclosing(node, _DEF) if container is not None else None
    if function is None or container is None or python_changes.guarded(node):
        return None
    if container.kind() == "identifier":
        found = meaning(site, container)
    else:
        owner, name = container.field("object"), container.field("attribute")
        inner = meaning(site, owner) if owner is not None else None
        found = member(site, inner.module, name.text()) if inner and inner.module and name else None
    if found is None or found.shared is None:
        return None
    name_there, place, module = found.shared
    others = [write for write in module.writes if write.name == name_there]
    names = {"NAME": name_there}
    raced = _raced(node, container, function)
    if raced is not None:
        read = syntax.evidence(raced, site.document)
        more = [write.place for write in others if write.place.path != site.document.path][:1]
        # What is lost between look and change is a value written back; taking out is each task's own key.
        written = node.kind() in ("assignment", "augmented_assignment")
        return Found(node, names, (place, read, *more), sure=written)
    away = module.path != here(site).path
    if away and others and all(write.guarded for write in others):
        return Found(node, names, (place, *(write.place for write in others[:2])))
    return None


def _changed(node: SgNode) -> SgNode | None:
    container = next(python_changes.changed_by(node), None)
    return container if container is not None and container.kind() in ("identifier", "attribute") else None


def _raced(node: SgNode, container: SgNode, function: SgNode) -> SgNode | None:
    """The last look at the container before the change, if an `await` lies between the two."""
    if not syntax.is_async(function) or not _depends(node, container):
        return None
    begin = node.range().start.index
    looks = [look for look in _looks(function, container.text()) if look.range().end.index <= begin]
    if not looks:
        return None
    last = looks[-1]
    for pause in function.find_all(kind="await"):
        if last.range().end.index <= pause.range().start.index and pause.range().end.index <= begin:
            return last
    return None


def _looks(function: SgNode, container: str) -> Iterator[SgNode]:
    for node in function.find_all(any=[{"kind": "identifier"}, {"kind": "attribute"}]):
        parent = node.parent()
        if node.text() != container or parent is None:
            continue
        around = parent.parent() if parent.kind() == "subscript" else None
        if around is not None and around.kind() == "assignment" and around.field("left") == parent:
            continue  # set, not looked at
        if parent.kind() != "attribute" or parent.field("object") == node:
            yield node


def _depends(node: SgNode, container: SgNode) -> bool:
    """Only a change that rests on what was read is a race: `-=`, deletion, taking out, writing it back."""
    if node.kind() != "assignment":
        called = node.text()[len(container.text()) :]
        # With a default it takes out what is there, whoever comes between.
        return node.kind() != "call" or _TAKES_OUT.match(called) is not None
    right, function = node.field("right"), syntax.enclosing(node, _DEF)
    if right is None or function is None or right.kind() == "identifier":
        return False
    read = {
        left.text()
        for item in function.find_all(kind="assignment")
        if (left := item.field("left")) is not None
        and (value := item.field("right")) is not None
        and item.range().end.index <= node.range().start.index
        and value.text().startswith((f"{container.text()}[", f"{container.text()}.get("))
    }
    names = {right.text(), *(item.text() for item in right.find_all(kind="identifier"))}
    return bool(names & (read | {container.text()}))
