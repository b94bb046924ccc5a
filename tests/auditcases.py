"""Cases of the audit: what stood before, what stands after, the callers, and what is true of each.

See tests/cases/audit/README.md. `read_cases` gives them one by one; `run` audits one as it would be in
a workspace: its callers are files of which the index has found the calls.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from counterpoint.audit import Audit, CallSite, audit, targets
from counterpoint.context.callers import Definition, call_sites
from counterpoint.context.extract import facts_of
from counterpoint.context.parsing import encoded
from counterpoint.context.symbols import Held as Symbols
from counterpoint.text import Document, language_of

FOLDER = Path(__file__).parent / "cases" / "audit"
ENDINGS = {"python": "py", "typescript": "ts", "javascript": "js", "go": "go", "java": "java", "rust": "rs"}
_CASE = re.compile(r"^## (?P<title>[^\n]+)\n```\n(?P<body>.*?)^```$", re.M | re.S)
_PART = re.compile(r"^--- (?P<what>before|after|callers before|callers)(?: (?P<path>\S+))?\n", re.M)
_MARK = re.compile(r"[ \t]*(?:#|//) *(?P<possible>possible )?(?P<state>intact|broken|unknown) *$", re.M)


@dataclass
class Case:
    """`marks`: path and 0-based line to whether the site may mean another, and its state."""

    title: str
    language: str
    before: dict[str, str] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    marks: dict[tuple[str, int], tuple[bool, str]] = field(default_factory=dict)

    @property
    def safe(self) -> bool:
        """True if "callers intact" is the truth."""
        plainly = all(state == "intact" and not possible for possible, state in self.marks.values())
        return plainly and not any(word in self.title for word in ("(exported)", "(mentioned)"))


def read_cases(path: Path) -> Iterator[Case]:
    """The cases of a file."""
    language = path.stem.partition("-")[0]
    for found in _CASE.finditer(path.read_text("utf-8")):
        yield _case(found["title"], language, found["body"])


def _case(title: str, language: str, body: str) -> Case:
    ending = ENDINGS[language]
    one = Case(title, language)
    module, caller = f"lib/module.{ending}", f"lib/callers.{ending}"
    parts = list(_PART.finditer(body))
    one.before[module] = body[: parts[0].start()]
    edited: dict[str, str] = {}
    for number, part in enumerate(parts):
        end = parts[number + 1].start() if number + 1 < len(parts) else len(body)
        text, what = body[part.end() : end], part["what"]
        path = f"lib/{part['path']}" if part["path"] else caller if what.startswith("callers") else module
        if what == "callers":
            for mark in _MARK.finditer(text):
                line = text.count("\n", 0, mark.start("state"))
                one.marks[path, line] = (bool(mark["possible"]), mark["state"])
            one.files[path] = _MARK.sub("", text)
        elif what == "callers before":
            edited[path] = text
        else:
            (one.before if what == "before" else one.after)[path] = text
    for path, text in edited.items():
        one.before[path], one.after[path] = text, one.files.pop(path)
    if "(exported)" in title:
        one.files |= _published(_first(one.before[module]))
    return one


def _published(name: str) -> dict[str, str]:
    """The files that make the module one that others install."""
    return {
        "pyproject.toml": '[project]\nname = "lib"\n',
        "lib/__init__.py": f"from lib.module import {name}\n",
        "package.json": '{"name": "lib", "main": "lib/module.js"}',
        "go.mod": "module example.org/lib\n",
        "Cargo.toml": '[package]\nname = "lib"\n[lib]\n',
        "build.gradle": "plugins { id 'maven-publish' }\n",
    }


def _first(text: str) -> str:
    found = re.search(r"\b(?:def|class) (\w+)", text)
    return found[1] if found else "nothing"


class Held:
    """Files in memory."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.documents = {path: document(path, text) for path, text in texts.items()}

    def read(self, path: str) -> Document | None:
        return self.documents.get(path)

    def paths(self) -> list[str]:
        return list(self.documents)


def document(path: str, text: str) -> Document:
    """A document."""
    return Document.of(path, text, language_of(path))


def run(case: Case) -> Audit:
    """Audit a case."""
    before = {path: document(path, text) for path, text in case.before.items()}
    after = {path: document(path, text) for path, text in case.after.items()}
    return audit(before, after, tuple(_sites(case)), Held({**case.files, **case.before}))


def _sites(case: Case) -> Iterator[CallSite]:
    """The calls of the callers before the change, as an index would find them."""
    for home, text in case.before.items():
        for target in targets(document(home, text)):
            call = re.compile(rf"(?<![\w\"'/]){re.escape(target.symbol)}(?:::<[^>]*>)?\s*\(")
            for path, old in {**case.files, **case.before}.items():
                if path == home:
                    continue
                for line, said in enumerate(old.split("\n")):
                    if call.search(said):
                        possible, _ = case.marks.get((path, line), (False, ""))
                        yield CallSite(path, line, home, target.name, not possible)


def silent(case: Case, found: Audit) -> list[str]:
    """Places that do not fit, and of which the audit says nothing or that they do; or that it says of all."""
    wrong = []
    for (path, line), (_, state) in case.marks.items():
        here = [site for site in found.all if (site.path, site.line) == (path, line)]
        if state != "intact" and not any(not site.fits for site in here):
            wrong.append(f"{case.title}: {path}:{line + 1} is {state}")
    if not case.safe and found.certain and not wrong:
        wrong.append(f"{case.title}: said to be intact")
    return wrong


def found_by_index(before: dict[str, str], files: dict[str, str]) -> list[CallSite]:
    """The calls that the evidence of the index finds of everything that some files define."""
    texts = {**files, **before}
    known = [(path, text) for path, text in texts.items() if language_of(path) in ENDINGS]
    symbols = Symbols(
        (facts_of(path, language_of(path), encoded(text)), text.split("\n")) for path, text in known
    )
    found = []
    for path, text in before.items():
        for target in targets(document(path, text)):
            definition = Definition(target.symbol, path, target.line, language_of(path))
            sites = call_sites(definition, symbols)
            for site in (*sites.certain, *sites.possible):
                found.append(CallSite(site.path, site.line, path, target.name, site.certain))
    return found


def project(folder: Path) -> dict[str, str]:
    """The files of a folder."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in paths}
