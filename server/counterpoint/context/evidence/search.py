"""From a name to its calls: the candidates in every file that has the word, each with its verdict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from counterpoint.context.evidence.library import Library, Source
from counterpoint.context.evidence.python_sites import PythonSites
from counterpoint.context.evidence.script_sites import ScriptSites
from counterpoint.context.evidence.target import Target
from counterpoint.context.evidence.values import Verdict
from counterpoint.context.languages import family_of

if TYPE_CHECKING:
    from tree_sitter import Node


@dataclass(frozen=True, slots=True)
class Finding:
    """A call, on the 0-based line of the called name."""

    path: str
    line: int
    verdict: Verdict


class Judge(Protocol):
    """What a family of languages knows of calls."""

    def target(self, source: Source, line: int, name: str) -> Target | None:
        """The definition whose name stands at a line."""
        ...

    def judge(self, source: Source, name: Node, target: Target) -> Verdict:
        """What evidence says of a call."""
        ...

    def renamed(self, source: Source, target: Target) -> set[str]:
        """Names under which a file imports the target, other than its own."""
        ...


def judge_of(library: Library, family: str) -> Judge | None:
    """The judge of a family of languages."""
    if family == "python":
        return PythonSites(library)
    return ScriptSites(library) if family == "script" else None


def findings(library: Library, name: str, path: str, line: int, language: str) -> Iterator[Finding]:
    """Every call of the definition, and every call of its name that is something else."""
    family = family_of(language)
    judge, source = judge_of(library, family), library.source(path)
    target = judge.target(source, line, name) if judge is not None and source is not None else None
    if judge is None or target is None:
        return
    mentions = library.symbols.mentions([target.name]).get(target.name, ())
    for place in sorted({mention.path for mention in mentions} | {path}):
        facts = library.symbols.facts(place)
        if place != path and (facts is None or family_of(facts.language) != family):
            continue
        read = library.source(place)
        if read is None:
            continue
        for word in (target.name, *sorted(judge.renamed(read, target))):
            for node in called_names(read, word):
                yield Finding(place, int(node.start_point[0]), judge.judge(read, node, target))


_CALLEES = {
    "call": "function", "call_expression": "function", "new_expression": "constructor",
    "method_invocation": "name", "object_creation_expression": "type", "macro_invocation": "macro",
    "invocation_expression": "function",     "decorator": "", "function_call_expression": "function", "member_call_expression": "name",
    "scoped_call_expression": "name", "command": "name", "attribute": "name",
}  # fmt: skip
_MEMBERS = {
    "attribute": "attribute", "member_expression": "property", "selector_expression": "field",
    "field_expression": "field", "scoped_identifier": "name", "member_access_expression": "name",
    "qualified_identifier": "name", "scope_resolution": "name",
}  # fmt: skip


def called_names(source: Source, word: str) -> Iterator[Node]:
    """The nodes of a name where it is called, decorates or constructs."""
    wanted = word.encode()
    data, root = source.data, source.root
    start = data.find(wanted)
    while start >= 0:
        end = start + len(wanted)
        if not _is_word(data, start - 1) and not _is_word(data, end):
            node = root.descendant_for_byte_range(start, end)
            if node is not None and node.start_byte == start and node.end_byte == end and _is_called(node):
                yield node
        start = data.find(wanted, end)


def _is_word(data: bytes, at: int) -> bool:
    return 0 <= at < len(data) and (chr(data[at]).isalnum() or data[at] in b"_$" or data[at] > 127)


def _is_called(node: Node) -> bool:
    """True if the name, alone or at the end of a chain of members, is what a call calls."""
    parent = node.parent
    if parent is None:
        return False
    field = _MEMBERS.get(parent.type)
    if field is not None and parent.child_by_field_name(field) == node and parent.parent is not None:
        node, parent = parent, parent.parent
    while parent.type in ("generic_function", "parenthesized_expression", "non_null_expression"):
        if parent.parent is None:
            return False
        node, parent = parent, parent.parent
    callee = _CALLEES.get(parent.type)
    if callee is None:
        return False
    return callee == "" or parent.child_by_field_name(callee) == node
