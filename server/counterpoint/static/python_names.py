"""What a Python name means at a place: through local scopes, classes, and imports into other files."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from posixpath import dirname, join

from ast_grep_py import SgNode

from counterpoint.answers import Evidence
from counterpoint.static import python_facts, syntax
from counterpoint.static.python_facts import Def, Import, Klass, Module
from counterpoint.static.python_scope import Local, bindings
from counterpoint.static.site import Site

_HOPS = 4
_CLASS = frozenset({"class_definition"})
_SCOPES = frozenset({"function_definition", "lambda", "list_comprehension", "set_comprehension",
                     "dictionary_comprehension", "generator_expression"})  # fmt: skip

# Classes outside of the workspace whose methods are coroutines, and functions that are.
COROUTINE_METHODS: dict[str, frozenset[str]] = {
    "asyncio.Lock": frozenset({"acquire"}),
    "asyncio.Semaphore": frozenset({"acquire"}),
    "asyncio.BoundedSemaphore": frozenset({"acquire"}),
    "asyncio.Condition": frozenset({"acquire", "wait", "wait_for"}),
    "asyncio.Event": frozenset({"wait"}),
    "asyncio.Queue": frozenset({"get", "put", "join"}),
    "asyncio.StreamWriter": frozenset({"drain", "wait_closed"}),
    "httpx.AsyncClient": frozenset({"get", "post", "put", "patch", "delete", "request", "send", "aclose"}),
}
COROUTINE_FUNCTIONS = frozenset({
    "asyncio.sleep", "asyncio.wait", "asyncio.wait_for", "asyncio.to_thread", "asyncio.open_connection",
    "asyncio.start_server", "asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell",
})  # fmt: skip
ASYNC_MANAGERS = frozenset({
    "asyncio.Lock", "asyncio.Semaphore", "asyncio.BoundedSemaphore", "asyncio.Condition",
    "asyncio.TaskGroup", "asyncio.timeout", "asyncio.timeout_at", "httpx.AsyncClient",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a name means: exactly one field is set. `outside` is a dotted name beyond the workspace."""

    function: Def | None = None
    klass: tuple[Klass, Module] | None = None
    module: Module | None = None
    shared: tuple[str, Evidence, Module] | None = None
    instance: str = ""
    owner: Module | None = None
    outside: str = ""


def here(site: Site) -> Module:
    """The facts of the document under check."""
    if "module" not in site.memo:
        site.memo["module"] = python_facts.facts(site.document, site.root)
    found: Module = site.memo["module"]
    return found


def load(site: Site, path: str, wanted: Import) -> Module | None:
    """The workspace module an import in the file `path` names, or None."""
    key = ("load", path, wanted.module, wanted.level)
    if key not in site.memo:
        candidates = _candidates(path, wanted)
        document = site.read(candidates) if candidates else None
        known = document is not None and document.language == "python"
        site.memo[key] = python_facts.facts_of(document.path, document.text) if document and known else None
    found: Module | None = site.memo[key]
    return found


def _candidates(path: str, wanted: Import) -> list[str]:
    parts = wanted.module.split(".") if wanted.module else []
    folder = dirname(path)
    if wanted.level:
        for _ in range(wanted.level - 1):
            folder = dirname(folder)
        folders = [folder]
    elif not parts or parts[0] in sys.stdlib_module_names:
        return []
    else:
        folders = [folder]
        while folder and dirname(folder) != folder:
            folder = dirname(folder)
            folders.insert(0, folder)
        folders.insert(1, "src")
    names = [join(root, *parts) if parts else root for root in dict.fromkeys(folders)]
    found = [item for name in names for item in (f"{name}.py", join(name, "__init__.py"))]
    return [item for item in found if item not in (".py", path)]


def member(site: Site, module: Module, name: str, hops: int = _HOPS) -> Meaning | None:
    """What `name` means at the top level of `module`, followed through re-exports."""
    if name in module.functions:
        return Meaning(function=module.functions[name])
    if name in module.classes:
        return Meaning(klass=(module.classes[name], module))
    if name in module.shared:
        return Meaning(shared=(name, module.shared[name], module))
    if name in module.imports and hops:
        return imported(site, module.path, module.imports[name], hops - 1)
    if module.values.get(name):
        return Meaning(instance=module.values[name], owner=module)
    return None


def imported(site: Site, path: str, wanted: Import, hops: int = _HOPS) -> Meaning | None:
    """What an import in the file `path` binds."""
    if wanted.name is not None:
        inner = Import(f"{wanted.module}.{wanted.name}".lstrip("."), None, wanted.level)
        module = load(site, path, wanted)
        found = member(site, module, wanted.name, hops) if module else None
        if found is not None:
            return found
        submodule = load(site, path, inner)
        if submodule is not None:
            return Meaning(module=submodule)
        known = module is None and not wanted.level
        return Meaning(outside=f"{wanted.module}.{wanted.name}") if known else None
    module = load(site, path, wanted)
    if module is not None:
        return Meaning(module=module)
    return Meaning(outside=wanted.module)


def meaning(site: Site, node: SgNode) -> Meaning | None:
    """What a name or a dotted expression means at its place, or None if that cannot be told."""
    if node.kind() == "identifier":
        return _name(site, node)
    if node.kind() == "call":
        return _made(site, node)
    if node.kind() != "attribute":
        return None
    whole, attribute = node.field("object"), node.field("attribute")
    if whole is None or attribute is None:
        return None
    dotted = here(site).imports.get(node.text())
    if dotted is not None:
        return imported(site, site.document.path, dotted)
    owner = meaning(site, whole)
    return None if owner is None else _attribute(site, owner, attribute.text())


def _made(site: Site, call: SgNode) -> Meaning | None:
    callee = call.field("function")
    if callee is None:
        return None
    if callee.text() == "super":
        return _class_around(site, call, bases=True)
    found = meaning(site, callee)
    if found is not None and (found.klass or found.outside):
        return found
    return None


def _attribute(site: Site, owner: Meaning, name: str) -> Meaning | None:
    if owner.module is not None:
        return member(site, owner.module, name)
    if owner.outside:
        return Meaning(outside=f"{owner.outside}.{name}")
    if owner.instance and owner.owner is not None:
        made = typed(site, owner.owner, owner.instance)
        return _attribute(site, made, name) if made else None
    if owner.klass is not None:
        return _of_class(site, *owner.klass, name)
    return None


def _of_class(site: Site, klass: Klass, module: Module, name: str, hops: int = _HOPS) -> Meaning | None:
    if name in klass.methods:
        return Meaning(function=klass.methods[name])
    if name in klass.attributes:
        text = klass.attributes[name]
        return typed(site, module, text) if text else None
    for base in klass.bases if hops else ():
        parent = typed(site, module, base.split("[")[0])
        if parent is None or parent.klass is None:
            return None
        found = _of_class(site, *parent.klass, name, hops - 1)
        if found is not None:
            return found
    return None


def typed(site: Site, module: Module, text: str) -> Meaning | None:
    """What a type's text means in `module`: a class of the workspace, or a dotted name outside of it."""
    first, *rest = text.split(".")
    found = member(site, module, first)
    for name in rest:
        found = _attribute(site, found, name) if found else None
    return found if found is not None and (found.klass or found.outside) else None


def _class_around(site: Site, node: SgNode, *, bases: bool = False) -> Meaning | None:
    around = syntax.enclosing(node, _CLASS)
    name = around.field("name") if around else None
    klass = here(site).classes.get(name.text()) if name else None
    if klass is None:
        return None
    if not bases:
        return Meaning(klass=(klass, here(site)))
    return typed(site, here(site), klass.bases[0]) if len(klass.bases) == 1 else None


def _name(site: Site, node: SgNode) -> Meaning | None:
    name = node.text()
    for scope in syntax.ancestors(node):
        if scope.kind() not in _SCOPES:
            continue
        if scope.kind() == "function_definition" and _is_receiver(scope, name):
            return _class_around(site, scope)
        local = scope_of(site, scope).get(name)
        if local is not None:
            return _local(site, local)
    return member(site, here(site), name)


def _is_receiver(function: SgNode, name: str) -> bool:
    if name not in ("self", "cls"):
        return False
    parameters = function.field("parameters")
    first = next(iter(parameters.named_children()), None) if parameters else None
    return first is not None and first.text() == name


def _local(site: Site, local: Local) -> Meaning | None:
    if local.defined is not None:
        return Meaning(function=local.defined)
    if local.imported is not None:
        return imported(site, site.document.path, local.imported)
    found = typed(site, here(site), local.type) if local.type else None
    if found is not None and local.entered:
        own = found.klass is not None and found.klass[0].enters_self
        return found if own or found.outside in COROUTINE_METHODS else None
    return found


def scope_of(site: Site, scope: SgNode) -> dict[str, Local]:
    """Names bound by a function, lambda or comprehension, by what bound them."""
    key = ("scope", scope.range().start.index, scope.range().end.index)
    if key not in site.memo:
        site.memo[key] = bindings(site.document, scope)
    found: dict[str, Local] = site.memo[key]
    return found
