"""What one JavaScript or TypeScript file defines, as plain values, and what a callee in it means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from posixpath import dirname, join, normpath

from ast_grep_py import SgNode

from counterpoint.answers import Evidence
from counterpoint.static import syntax
from counterpoint.static.site import Site
from counterpoint.text import Document

_ENDINGS = (".ts", ".tsx", ".mts", ".js", ".jsx", ".mjs", "/index.ts", "/index.tsx", "/index.js")
_SCRIPT_END = re.compile(r"\.[cm]?jsx?$")
_CLASS = frozenset({"class_declaration", "abstract_class_declaration", "class"})
_PROMISE = re.compile(r":\s*Promise\b")
_TYPE = re.compile(r":?\s*([A-Za-z_$][\w$]*)\s*$")
_HOPS = 3


@dataclass(frozen=True, slots=True)
class Script:
    """`functions` and `classes` map names to the place of what is async, or None for what is not.

    `fields` maps (class, field) to the text of the field's type; `imports` names to (file, name there).
    """

    path: str
    functions: dict[str, Evidence | None]
    classes: dict[str, dict[str, Evidence | None]]
    fields: dict[tuple[str, str], str]
    values: dict[str, str]
    imports: dict[str, tuple[str, str]]


@lru_cache(maxsize=256)
def facts_of(path: str, text: str, language_id: str) -> Script | None:
    """The facts of a file, or None if it is no script. Kept for the last few files."""
    document = Document.of(path, text, language_id)
    language = syntax.language_name(document)
    if language not in ("javascript", "typescript", "tsx"):
        return None
    return facts(document, syntax.parse(text, language))


def facts(document: Document, root: SgNode) -> Script:
    """The facts of an already parsed file."""
    script = Script(document.path, {}, {}, {}, {}, {})
    for statement in root.children():
        node = statement
        if statement.kind() == "export_statement":
            node = statement.field("declaration") or statement.field("value") or statement
            if node is statement:
                script.imports.update(_imports(statement))
        if node.kind() in ("function_declaration", "generator_function_declaration", "function_signature"):
            _add_function(script, node, document)
        elif node.kind() in _CLASS:
            _add_class(script, node, document)
        elif node.kind() in ("lexical_declaration", "variable_declaration"):
            _add_values(script, node, document)
        elif node.kind() == "import_statement":
            script.imports.update(_imports(node))
    return script


def promises(function: SgNode) -> bool:
    """True if calling the function gives a promise: it is async, or its declared result is one."""
    if any(child.text() == "*" for child in function.children()):
        return False
    result = function.field("return_type")
    return syntax.is_async(function) or (result is not None and bool(_PROMISE.match(result.text())))


def _add_function(script: Script, node: SgNode, document: Document) -> None:
    name = node.field("name")
    if name is not None:
        script.functions[name.text()] = syntax.evidence(node, document) if promises(node) else None


def _add_class(script: Script, node: SgNode, document: Document) -> None:
    name, body = node.field("name"), node.field("body")
    if name is None or body is None:
        return
    methods: dict[str, Evidence | None] = {}
    for item in body.children():
        label = item.field("name") or item.field("property")
        if label is None:
            continue
        value = item.field("value")
        function = item if item.kind() == "method_definition" else value
        if function is not None and function.kind() in syntax.FUNCTIONS:
            methods[label.text()] = syntax.evidence(item, document) if promises(function) else None
        elif (kind := _type(item)) is not None:
            script.fields[(name.text(), label.text())] = kind
        if label.text() == "constructor":
            script.fields.update({(name.text(), key): kind for key, kind in _constructed(item)})
    script.classes[name.text()] = methods


def _constructed(constructor: SgNode) -> Iterator[tuple[str, str]]:
    """Fields a constructor declares by an accessibility modifier, or sets to a new object."""
    parameters = constructor.field("parameters")
    for item in parameters.children() if parameters is not None else ():
        name = item.field("pattern")
        if name is not None and item.find(kind="accessibility_modifier") and (kind := _type(item)):
            yield name.text(), kind
    for made in constructor.find_all(pattern="this.$FIELD = new $TYPE($$$ARGS)"):
        yield made["FIELD"].text(), made["TYPE"].text()


def _type(item: SgNode) -> str | None:
    kind = item.field("type")
    found = _TYPE.match(kind.text()) if kind is not None else None
    if found is not None:
        return found[1]
    value = item.field("value")
    made = value.field("constructor") if value is not None and value.kind() == "new_expression" else None
    return made.text() if made is not None else None


def _add_values(script: Script, node: SgNode, document: Document) -> None:
    for item in node.children():
        name, value = item.field("name"), item.field("value")
        if name is None or value is None or name.kind() != "identifier":
            continue
        if value.kind() in ("arrow_function", "function_expression"):
            script.functions[name.text()] = syntax.evidence(item, document) if promises(value) else None
        elif (kind := _type(item)) is not None:
            script.values[name.text()] = kind


def _imports(statement: SgNode) -> Iterator[tuple[str, tuple[str, str]]]:
    source = statement.field("source")
    if source is None:
        return
    target = source.text().strip("\"'`")
    for item in statement.find_all(any=[{"kind": "import_specifier"}, {"kind": "export_specifier"}]):
        name, alias = item.field("name"), item.field("alias")
        if name is not None:
            yield (alias or name).text(), (target, name.text())
    for item in statement.find_all(kind="namespace_import"):
        yield item.named_children()[-1].text(), (target, "*")


def here(site: Site) -> Script:
    """The facts of the document under check."""
    if "script" not in site.memo:
        site.memo["script"] = facts(site.document, site.root)
    found: Script = site.memo["script"]
    return found


def _load(site: Site, path: str, target: str) -> Script | None:
    if not target.startswith("."):
        return None
    key = ("script", path, target)
    if key not in site.memo:
        base = normpath(join(dirname(path), target))
        names = [base] if "." in base.rsplit("/", 1)[-1] else []
        names += [_SCRIPT_END.sub("", base) + ending for ending in _ENDINGS]
        document = site.read(list(dict.fromkeys(names)))
        site.memo[key] = facts_of(document.path, document.text, document.language) if document else None
    found: Script | None = site.memo[key]
    return found


def _function(site: Site, script: Script, name: str, hops: int = _HOPS) -> Evidence | None:
    if name in script.functions:
        return script.functions[name]
    if name in script.imports and hops:
        target, there = script.imports[name]
        other = _load(site, script.path, target)
        return _function(site, other, there, hops - 1) if other is not None and there != "*" else None
    return None


def _method(site: Site, script: Script, klass: str, name: str, hops: int = _HOPS) -> Evidence | None:
    if klass in script.classes:
        return script.classes[klass].get(name)
    if klass in script.imports and hops:
        target, there = script.imports[klass]
        other = _load(site, script.path, target)
        return _method(site, other, there, name, hops - 1) if other is not None else None
    return None


def promised(site: Site, callee: SgNode) -> Evidence | None:
    """Where the function that `callee` means is declared, if it is known to give a promise."""
    script = here(site)
    # Whether a name is declared anew is asked last: that searches all functions around, and most callees
    # are known for no promise anyway.
    if callee.kind() == "identifier":
        place = _function(site, script, callee.text())
        return None if place is None or _shadowed(callee) else place
    if callee.kind() != "member_expression":
        return None
    owner, member = callee.field("object"), callee.field("property")
    if owner is None or member is None:
        return None
    klass = _class_around(callee)
    if owner.kind() == "this":
        return _method(site, script, klass, member.text()) if klass else None
    if owner.kind() == "member_expression" and klass and owner.text().startswith("this."):
        kind = script.fields.get((klass, owner.text()[len("this.") :]))
        return _method(site, script, kind, member.text()) if kind else None
    place = _of_name(site, script, owner.text(), member.text()) if owner.kind() == "identifier" else None
    return None if place is None or _shadowed(owner) else place


def _of_name(site: Site, script: Script, owner: str, member: str) -> Evidence | None:
    target, there = script.imports.get(owner, ("", ""))
    if there == "*":
        other = _load(site, script.path, target)
        return _function(site, other, member) if other is not None else None
    if there:
        other = _load(site, script.path, target)
        kind = other.values.get(there, there) if other is not None else ""
        return _method(site, other, kind, member) if other is not None else None
    return _method(site, script, script.values.get(owner, owner), member)


def _class_around(node: SgNode) -> str | None:
    for parent in syntax.ancestors(node):
        if parent.kind() in ("function_declaration", "function_expression"):
            return None
        if parent.kind() in _CLASS:
            name = parent.field("name")
            return name.text() if name is not None else None
    return None


def _shadowed(name: SgNode) -> bool:
    """True if a function around the name declares it anew."""
    text = re.escape(name.text())
    binder = {
        "any": [
            {"kind": "variable_declarator", "has": {"field": "name", "regex": rf"(^|\W){text}(\W|$)"}},
            {"kind": "formal_parameters", "regex": rf"(^|\W){text}(\W|$)"},
            {"kind": "function_declaration", "has": {"field": "name", "regex": f"^{text}$"}},
            {"kind": "arrow_function", "has": {"field": "parameter", "regex": f"^{text}$"}},
        ]
    }
    for parent in syntax.ancestors(name):
        if parent.kind() in syntax.FUNCTIONS and syntax.search(parent, {"rule": binder}):
            return True
    return False
