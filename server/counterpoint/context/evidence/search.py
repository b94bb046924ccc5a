"""From a name to its calls: the candidates in every file that has the word, each with its verdict."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from counterpoint.context.evidence.declared_sites import DeclaredSites
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

    def hints(self, source: Source, target: Target) -> list[str]:
        """Words that files have which may import the target under a name of their own choice."""
        ...

    def renamed(self, source: Source, target: Target, name: str) -> set[str]:
        """Other names under which a file imports what is called `name` elsewhere, if it is the target."""
        ...


def judge_of(library: Library, family: str) -> Judge:
    """The judge of a family of languages."""
    if family == "python":
        return PythonSites(library)
    return ScriptSites(library) if family == "script" else DeclaredSites(library, family)


def findings(library: Library, name: str, path: str, line: int, language: str) -> Iterator[Finding]:
    """Every call of the definition, and every call of its name that is something else."""
    family = family_of(language)
    judge, source = judge_of(library, family), library.source(path)
    target = judge.target(source, line, name) if source is not None else None
    if source is None or target is None:
        return
    names, seen = [target.name, *judge.hints(source, target)], set[tuple[str, str]]()
    done = set(names)
    while names:
        word = names.pop(0)
        for place in _mentioning(library, word, path, family):
            read = library.source(place)
            if read is None:
                continue
            renamed = judge.renamed(read, target, word)
            names += sorted(renamed - done)
            done |= renamed
            for called in sorted({word, *renamed}):
                if (place, called) not in seen:
                    seen.add((place, called))
                    yield from _judged(judge, read, called, target)


def _judged(judge: Judge, source: Source, word: str, target: Target) -> Iterator[Finding]:
    """The calls of a name in a file; by another name than the target's own only those that reach it."""
    for node in called_names(source, word):
        verdict = judge.judge(source, node, target)
        if word == target.name or verdict.kind == "certain":
            yield Finding(source.path, int(node.start_point[0]), verdict)


def _mentioning(library: Library, word: str, path: str, family: str) -> list[str]:
    """The files of a family that have a word, and the target's own."""
    found = {path}
    for mention in library.symbols.mentions([word]).get(word, ()):
        if family_of(library.language(mention.path)) == family:
            found.add(mention.path)
    return sorted(found)


_CALLEES = {
    "call": ("function", "method"), "call_expression": ("function",), "decorator": ("",),
    "new_expression": ("constructor", "type"), "method_invocation": ("name",),
    "object_creation_expression": ("type", ""), "macro_invocation": ("macro",), "command": ("name",),
    "invocation_expression": ("function",), "function_call_expression": ("function",),
    "member_call_expression": ("name",), "scoped_call_expression": ("name",),
    "nullsafe_member_call_expression": ("name",),
}  # fmt: skip
"""Nodes that call, and the fields that hold what they call; "" is any child."""
_MEMBERS = {
    "attribute": "attribute", "member_expression": "property", "selector_expression": "field",
    "field_expression": "field", "scoped_identifier": "name", "member_access_expression": "name",
    "qualified_identifier": "name", "scope_resolution": "name",
}  # fmt: skip
_ROUND = frozenset(
    {
        "generic_function", "parenthesized_expression", "non_null_expression", "generic_name",
        "template_method", "template_function", "generic_type", "command_name", "instantiation_expression",
    }
)  # fmt: skip


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
    while parent is not None:
        fields = _CALLEES.get(parent.type)
        if fields is not None:
            return any(not field or parent.child_by_field_name(field) == node for field in fields)
        member = _MEMBERS.get(parent.type)
        if member is not None and parent.child_by_field_name(member) != node:
            return False
        if member is None and not (parent.type in _ROUND and parent.named_children[0] == node):
            return False
        node, parent = parent, parent.parent
    return False
