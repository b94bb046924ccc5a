"""Which tasks fit a place, in many languages: told from lines, never from a tree."""

from __future__ import annotations

import time

import pytest

from counterpoint.pairing.fits import fitting, is_message, symbol_at
from counterpoint.text import Document, Span

CURSOR = "║"


def place(language: str, marked: str, path: str = "a.x") -> tuple[Document, Span, bool]:
    """A document with `║` as the cursor, or `⟦ ⟧` round a selection."""
    if CURSOR in marked:
        at = marked.index(CURSOR)
        return Document.of(path, marked.replace(CURSOR, ""), language), Span(at, at), False
    start, end = marked.index("⟦"), marked.index("⟧") - 1
    text = marked.replace("⟦", "").replace("⟧", "")
    return Document.of(path, text, language), Span(start, end), True


def fits(language: str, marked: str, path: str = "a.x") -> frozenset[str]:
    document, span, selected = place(language, marked, path)
    return fitting(document, span, selected=selected)


STUBS = [
    ("python", "def load(path):║\n    pass\n"),
    ("python", "def load(path):\n    ║...\n"),
    ("python", 'def load(\n    path: str,\n) -> str:\n    """Reads║ it.\n\n    Twice.\n    """\n'),
    ("python", 'class A:\n    def load(self):\n        """It."""\n        raise NotImplementedError║\n'),
    ("python", "def load(path): ...║\n\n\ndef other():\n    return 1\n"),
    ("python", "async def load(path) -> None:  # reads it║\n    pass  # later\n"),
    ("python", "def load(path):║"),
    ("python", "x = 1\n# TODO: read the path ║again\ny = 2\n"),
    ("python", "x = 1  # TODO: read it║\n"),
    ("python", "import os\n\n\n# A function that reads a path║ and returns its lines.\n\n"),
    ("python", "⟦# Reads a path\n# and returns its lines.\n⟧"),
    ("javascript", "function load(path) {║\n}\n"),
    ("javascript", "const load = (path) => {║ };\n"),
    ("typescript", "export async function load(path: string) {\n  throw new Error('Not║ implemented');\n}\n"),
    ("typescript", "class A {\n  load(path: string): string {║\n    // reads it\n  }\n}\n"),
    ("typescript", "const load = (path: string) => {║\n  throw new Error(\"TODO\");\n};\n"),
    ("typescript", "// FIXME: cache║ this\nconst a = 1;\n"),
    ("go", "func Load(path string) (string, error) {║\n}\n"),
    ("go", "func (s *Shop) Load(path string) error {\n\tpanic(\"not implemented\")║\n}\n"),
    ("go", "// Load reads a path.\nfunc Load(path string) error {║\n\t// TODO\n}\n"),
    ("rust", "pub fn load(path: &str) -> String {\n    todo!()║\n}\n"),
    ("rust", "impl A {\n    fn load(&self) -> u8 { unimplemented!(\"later\") ║}\n}\n"),
    ("java", "class A {\n  String load() {║\n    throw new UnsupportedOperationException();\n  }\n}\n"),
    ("java", "class A {\n  void load() {║}\n}\n"),
    ("csharp", "class A {\n  public string Load() => throw new NotImplementedException();║\n}\n"),
    ("csharp", "class A {\n  public string Load()\n  {\n    throw new NotImplementedException();║\n  }\n}\n"),
    ("kotlin", "fun load(path: String): String {\n    TODO(\"later\")║\n}\n"),
    ("kotlin", "fun load(path: String): String = TODO()║\n"),
    ("scala", "def load(path: String): String = ???║\n"),
    ("swift", "func load(path: String) -> String {\n    fatalError(\"not implemented\")║\n}\n"),
    ("ruby", "def load(path)║\nend\n"),
    ("ruby", "class A\n  def load(path)\n    raise NotImplementedError║\n  end\nend\n"),
    ("ruby", "def load(path); end║\n"),
    ("php", "<?php\nfunction load($path) {\n    throw new Exception('Not implemented');║\n}\n"),
    ("c", "int load(const char *path) {║\n}\n"),
    ("cpp", "int Shop::load(const std::string &path) {║\n    // TODO\n}\n"),
    ("lua", "function load(path)║\nend\n"),
    ("lua", "-- TODO: read║ the path\n"),
    ("haskell", "-- TODO read║\nload = undefined\n"),
    ("sql", "-- TODO: the totals║ of a day\n"),
    ("markdown", "# Loader\n\nWrite `src/load.py` that ║reads a path.\n\n# Other\n"),
    ("markdown", "⟦- shop/load.ts reads a path⟧\n"),
]  # fmt: skip

BODIES = [
    ("python", "def load(path):║\n    return open(path).read()\n"),
    ("python", 'def load(path):\n    """Reads it."""\n    return path║\n'),
    ("python", "def load(path):\n    try:\n        read(path)\n    except OSError:\n        pass║\n"),
    ("python", "x = 1║\n"),
    ("python", "# Counts║ the lines.\ncount = 1\n"),
    ("python", "# Copyright║ of somebody.\n\nimport os\n"),
    ("python", "class Gone(Exception):\n    def __str__(self):\n        return ''║\n"),
    ("python", "def load(path): return 1║\n"),
    ("javascript", "function load(path) {║\n  return path;\n}\n"),
    ("typescript", "interface A {\n  load(path: string): string;║\n}\n"),
    ("typescript", "const a = { b: 1 };║\n"),
    ("go", "func Load(path string) error {║\n\treturn nil\n}\n"),
    ("rust", "fn load() -> u8 {║ 1 }\n"),
    ("java", "class A {\n  int load() {║ return 1; }\n}\n"),
    ("ruby", "def load(path)║\n  path\nend\n"),
    ("c", "int load(const char *path);║\n"),
    ("markdown", "# Loader\n\nIt reads ║a path.\n"),
    ("markdown", "# Loader\n\nSee it.║\n\n# Other\n\n`src/load.py` is old.\n"),
    ("plaintext", "TODO: buy ║milk\n"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "marked"), STUBS)
def test_what_is_not_written_yet_may_be_implemented(language: str, marked: str) -> None:
    assert "stub" in fits(language, marked)


@pytest.mark.parametrize(("language", "marked"), BODIES)
def test_what_is_written_is_not_offered_to_be_implemented(language: str, marked: str) -> None:
    assert "stub" not in fits(language, marked)


def test_declarations_are_no_stubs() -> None:
    assert "stub" not in fits("python", "def load(path) -> str: ...║\n", "a.pyi")
    assert "stub" not in fits("typescript", "declare function load(path: string): string║\n", "a.d.ts")
    assert "stub" in fits("typescript", "function load(path: string): string║\n", "a.ts")


@pytest.mark.parametrize(
    ("language", "marked", "name"),
    [
        ("python", "class A:\n    def load(self):\n        x = 1\n\n        return ║x\n", "load"),
        ("python", "x = 1\n║", ""),
        ("python", "def f():\n    pass\n\n\nx = ║1\n", ""),
        ("typescript", "export class A {\n  async load(path: string) {\n    return ║path;\n  }\n}\n", "load"),
        ("typescript", "const load = (path) => {\n  ║return path;\n};\n", "load"),
        ("go", "func (s *Shop) Load() {\n\tif s != nil {\n\t\t║\n\t}\n}\n", "Load"),
        ("rust", "impl A {\n    fn load(&self) {\n        ║\n    }\n}\n", "load"),
        ("java", "class A {\n    int load() {\n        return 1;║\n    }\n}\n", "load"),
        ("ruby", "def load(path)\n  ║path\nend\n", "load"),
        ("kotlin", "fun load(path: String): Int {\n    return ║1\n}\n", "load"),
        ("php", "<?php\nfunction load($path) {\n    return ║1;\n}\n", "load"),
        ("c", "int load(char *path) {\n    return ║1;\n}\n", "load"),
        ("go", "func Load() {\n\treturn\n║}\n", "Load"),
    ],
)
def test_the_definition_a_place_lies_in(language: str, marked: str, name: str) -> None:
    document, span, _ = place(language, marked)
    assert symbol_at(document, document.position(span.start).line) == name


def test_a_selection_counts_where_something_is_selected() -> None:
    assert "selection" in fits("python", "⟦x = 1\n⟧y = 2\n")
    assert "selection" not in fits("python", "⟦  \n\n⟧y = 2\n")
    assert "selection" not in fits("python", "x = 1║\n")


def test_a_message_of_a_commit_is_offered_nothing_else() -> None:
    for language, path in (("git-commit", "x"), ("gitcommit", "x"), ("plaintext", ".git/COMMIT_EDITMSG")):
        document = Document.of(path, "\n# Please enter\n", language)
        assert is_message(document)
        assert fitting(document, Span(0, 0), selected=False) == {"staged"}


def test_what_is_staged_is_known_from_elsewhere() -> None:
    document = Document.of("a.py", "x = 1\n", "python")
    assert "staged" in fitting(document, Span(0, 0), selected=False, staged=True)
    assert "staged" not in fitting(document, Span(0, 0), selected=False)


def test_an_empty_document_and_its_end_are_places_too() -> None:
    for text in ("", "\n", "x = 1"):
        document = Document.of("a.py", text, "python")
        assert "anywhere" in fitting(document, Span(len(text), len(text)), selected=False)


@pytest.mark.alone
def test_a_large_file_takes_no_longer_than_a_small_one() -> None:
    body = "def f{0}(a):\n    if a:\n        return {0}\n    return a\n\n\n"
    small = Document.of("a.py", "".join(body.format(at) for at in range(50)), "python")
    large = Document.of("a.py", "".join(body.format(at) for at in range(5_000)), "python")
    times = {}
    for document in (small, large):
        line = len(document.lines) - 4
        at = document.starts[line]
        best = 9.0
        for _ in range(7):
            begun = time.perf_counter()
            for _ in range(20):
                fitting(document, Span(at, at), selected=False)
            best = min(best, time.perf_counter() - begun)
        times[document is large] = best
    assert times[True] < 4 * times[False]
