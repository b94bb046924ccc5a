"""What one Python file defines: functions, classes, imports and shared containers, as plain values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from ast_grep_py import SgNode

from counterpoint.answers import Evidence
from counterpoint.static import python_changes, syntax
from counterpoint.text import Document

DefKind = Literal["async", "sync", "agen", "manager", "unknown"]

_NESTS = {
    "if_statement", "else_clause", "elif_clause", "try_statement", "except_clause", "finally_clause",
    "with_statement", "block",
}  # fmt: skip
# Decorators that hand back the same coroutine function. Any other may turn it into something else.
_KEEPS = {"staticmethod", "classmethod", "abstractmethod", "override", "final", "wraps", "deprecated"}
_TYPE = re.compile(r"(?:(?:typing\.)?(?:Optional|Annotated|Final|ClassVar)\[)?\s*[\"']?([A-Za-z_][\w.]*)")
_DEF = frozenset({"function_definition"})
_CONTAINERS = re.compile(r"(?:dict|list|set|(?:collections\.)?(?:defaultdict|OrderedDict|deque|Counter))\(")


@dataclass(frozen=True, slots=True)
class Def:
    """A function. `manager` gives an async context manager, `agen` an async iterator; `unknown` means that a
    decorator or a second definition hides what calling it gives."""

    name: str
    kind: DefKind
    place: Evidence


@dataclass(frozen=True, slots=True)
class Klass:
    """A class. `attributes` maps names set on the class or on `self` to the text of their type, or ""."""

    name: str
    bases: tuple[str, ...]
    methods: dict[str, Def]
    attributes: dict[str, str]
    enters_self: bool
    place: Evidence


@dataclass(frozen=True, slots=True)
class Import:
    """`name` None is the module itself; `level` counts the leading dots."""

    module: str
    name: str | None
    level: int


@dataclass(frozen=True, slots=True)
class Write:
    """A change of a module's own container inside an `async def`; `guarded` by a lock around it, or not."""

    name: str
    guarded: bool
    place: Evidence


@dataclass(frozen=True, slots=True)
class Module:
    """`values` maps module variables to the text of their type; `shared` are mutable containers."""

    path: str
    imports: dict[str, Import]
    functions: dict[str, Def]
    classes: dict[str, Klass]
    values: dict[str, str]
    shared: dict[str, Evidence]
    writes: tuple[Write, ...]


@lru_cache(maxsize=256)
def facts_of(path: str, text: str) -> Module:
    """The facts of a Python file. Kept for the last few files, because a batch asks for the same ones."""
    return facts(Document.of(path, text, "python"), syntax.parse(text, "python"))


def facts(document: Document, root: SgNode) -> Module:
    """The facts of an already parsed Python file."""
    module = Module(document.path, {}, {}, {}, {}, {}, ())
    for statement in statements(root):
        kind = statement.kind()
        if kind in ("import_statement", "import_from_statement"):
            module.imports.update(imports(statement))
        elif kind in ("function_definition", "decorated_definition", "class_definition"):
            _definition(statement, module, document)
        elif kind == "expression_statement":
            _assignment(statement, module, document)
    return replace(module, writes=tuple(_writes(root, module, document))) if module.shared else module


def _writes(root: SgNode, module: Module, document: Document) -> Iterator[Write]:
    for target, node in python_changes.mutations(root):
        function = syntax.enclosing(node, _DEF) if target.text() in module.shared else None
        if function is not None and syntax.is_async(function):
            place = syntax.evidence(node, document)
            yield Write(target.text(), python_changes.guarded(node), place)


def statements(block: SgNode) -> Iterator[SgNode]:
    """Statements of a block, those inside `if`, `try` and `with` included, those of functions not."""
    for child in block.children():
        if child.kind() in _NESTS:
            yield from statements(child)
        elif child.is_named():
            yield child


def imports(statement: SgNode) -> Iterator[tuple[str, Import]]:
    """Local names an import statement binds."""
    source = statement.field("module_name")
    module, level = "", 0
    if source is not None:
        text = source.text()
        module = text.lstrip(".")
        level = len(text) - len(module)
    for item in statement.field_children("name"):
        alias = item.field("alias")
        target = item.field("name") if alias is not None else item
        name = target.text() if target is not None else ""
        if source is not None:
            yield (alias.text() if alias else name), Import(module, name, level)
        elif alias is not None:
            yield alias.text(), Import(name, None, 0)
        elif "." not in name:
            yield name, Import(name, None, 0)
        else:  # `import a.b` binds `a`; the dotted text is looked up whole
            yield name, Import(name, None, 0)


def _definition(statement: SgNode, module: Module, document: Document) -> None:
    node = statement.field("definition") or statement
    if node.kind() == "class_definition":
        klass = _klass(node, document)
        module.classes[klass.name] = klass
    else:
        _add(module.functions, definition(node, document))


def _add(into: dict[str, Def], found: Def) -> None:
    before = into.get(found.name)
    if before is not None and before.kind != found.kind:
        found = Def(found.name, "unknown", found.place)
    into[found.name] = found


def definition(node: SgNode, document: Document) -> Def:
    """The facts of one `def`."""
    name = node.field("name")
    place = syntax.evidence(node, document)
    return Def(name.text() if name else "", _kind(node), place)


def _kind(node: SgNode) -> DefKind:
    parent = node.parent()
    if parent is not None and parent.kind() == "decorated_definition":
        decorators = {_last_name(child.text()) for child in parent.children() if child.kind() == "decorator"}
        if decorators == {"asynccontextmanager"}:
            return "manager"
        if not decorators <= _KEEPS:
            return "unknown"
    if not syntax.is_async(node):
        return "sync"
    yields = node.find_all(kind="yield")
    own = any(syntax.enclosing(found, syntax.FUNCTIONS) == node for found in yields)
    return "agen" if own else "async"


def _last_name(decorator: str) -> str:
    return decorator.lstrip("@ ").split("(")[0].split(".")[-1].strip()


def _klass(node: SgNode, document: Document) -> Klass:
    name, bases, body = node.field("name"), node.field("superclasses"), node.field("body")
    text = node.text()
    klass = Klass(
        name.text() if name else "",
        tuple(base.text() for base in bases.named_children()) if bases else (),
        {},
        {},
        "return self" in text and node.find(pattern="return self") is not None,
        syntax.evidence(node, document),
    )
    for statement in statements(body) if body else ():
        inner = statement.field("definition") or statement
        if inner.kind() == "function_definition":
            _add(klass.methods, definition(inner, document))
        elif statement.kind() == "expression_statement":
            _attribute(statement, klass, {})
    for assignment in node.find_all(kind="assignment") if "self." in text else ():
        left = assignment.field("left")
        own = left is not None and left.kind() == "attribute" and left.text().startswith("self.")
        if own and (method := syntax.enclosing(assignment, _DEF)) is not None:
            _attribute(assignment.parent() or assignment, klass, parameter_types(method), "self.")
    return klass


def _attribute(statement: SgNode, klass: Klass, scope: dict[str, str], prefix: str = "") -> None:
    for left, text, value in targets(statement, scope):
        if not left.startswith(prefix) or "." in left[len(prefix) :] or value == "None":
            continue
        name = left[len(prefix) :]
        known = klass.attributes.get(name, text)
        klass.attributes[name] = known if known == text else ""


def _assignment(statement: SgNode, module: Module, document: Document) -> None:
    for left, text, value in targets(statement, {}):
        known = module.values.get(left, text)
        module.values[left] = known if known == text else ""
        if value[:1] in ("{", "[") or _CONTAINERS.match(value):
            module.shared.setdefault(left, syntax.evidence(statement, document))


def targets(statement: SgNode, scope: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """(target, text of its type or "", text of the value) of the assignments in an expression statement."""
    for node in statement.children():
        if node.kind() != "assignment":
            continue
        left, right, kind = node.field("left"), node.field("right"), node.field("type")
        value = right.text() if right else ""
        if left is not None:
            yield left.text(), type_name(kind.text()) if kind else _value_type(right, scope), value


def _value_type(value: SgNode | None, scope: dict[str, str]) -> str:
    if value is None:
        return ""
    if value.kind() == "identifier":
        return scope.get(value.text(), "")
    if value.kind() == "call" and (callee := value.field("function")) is not None:
        text = callee.text()
        return text if re.fullmatch(r"[A-Za-z_][\w.]*", text) else ""
    return ""


def parameter_types(function: SgNode) -> dict[str, str]:
    """Type texts of a function's annotated parameters; "" for the others."""
    found = {}
    parameters = function.field("parameters")
    for item in parameters.named_children() if parameters else ():
        kind = item.field("type")
        name = item.field("name") or next((c for c in item.children() if c.kind() == "identifier"), None)
        if item.kind() == "identifier":
            found[item.text()] = ""
        elif name is not None:
            splat = item.kind() in ("list_splat_pattern", "dictionary_splat_pattern")
            found[name.text()] = type_name(kind.text()) if kind and not splat else ""
    return found


def type_name(text: str) -> str:
    """The one class an annotation names: X of `X | None`, `Optional[X]`, `"X"`, `X[int]`; of a union ""."""
    rest = [part for part in (part.strip() for part in text.strip("\"'").split("|")) if part != "None"]
    if len(rest) != 1 or rest[0].startswith(("Union[", "typing.Union[")):
        return ""
    found = _TYPE.match(rest[0])
    return found[1] if found else ""
