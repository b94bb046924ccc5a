"""Right answers survive the filters: what belongs at the cursor is shown as it was written."""

from __future__ import annotations

import pytest

from counterpoint.insertion import insertion
from counterpoint.text import Document, Situation, Span, language_of

RIGHT = [
    ("a.py", "x = foo(bar(║))\n", "b, c()"),
    ("a.py", "x = [║]\n", "i for i in xs if i[0]"),
    ("a.py", "x = {║}\n", '"a": {1}'),
    ("a.py", 'x = [║"b"]\n', '"a"'),
    ("a.py", 'print(f"║")\n', '{greet("x")}'),
    ("a.py", 're.compile(r"║")\n', "^\\s*(\\w+)\\s*$"),
    ("a.py", "foo(║)\n", 'a, ":)"'),
    ("a.py", "def f(║):\n    pass\n", "a, b=(1, 2)"),
    ("a.py", "class A:\n║\n", "    x = 1\n\n    def f(self):\n        return 1"),
    ("a.ts", "items.map(║);\n", "(x) => f(x)"),
    ("a.ts", "const s = `a ${║} b`;\n", "x.map((y) => `${y}`).join(', ')"),
    ("a.ts", "if (a) {║\n", "\n  b();\n}"),
    ("a.ts", "const x = useState<║>([]);\n", "Map<string, number>"),
    ("a.tsx", "<Button onClick={║}>Hi</Button>\n", "() => go({ a: 1 })"),
    ("a.go", "if err != nil {║\n", "\n\treturn err\n}"),
    ("a.rs", "fn f() -> Result<(), ║> {\n", "Box<dyn Error>"),
    ("a.c", "if (p->x > ║)\n", "q->f(1)"),
    ("a.cpp", "namespace x {\n\n║\n\n}\n", "void f() {\n  a();\n}"),
    ("a.json", '{\n  "a": {║}\n}\n', '"b": {}'),
    ("a.md", "See [docs](║)\n", "https://x.y/a_(b)"),
    ("a.sql", "SELECT ║ FROM t;\n", "count(*)"),
    ("a.css", "a { color: ║; }\n", "rgb(1, 2, 3)"),
]


@pytest.mark.parametrize("eol", ["\n", "\r\n"])
@pytest.mark.parametrize(("path", "text", "answer"), RIGHT)
def test_a_right_answer_is_shown_whole(path: str, text: str, answer: str, eol: str) -> None:
    text, answer = text.replace("\n", eol), answer.replace("\n", eol)
    at = text.index("║")
    document = Document.of(path, text.replace("║", ""), language_of(path), 1)
    shown = insertion(answer, Situation(document, Span(at, at)))
    assert (shown.text, shown.dropped) == (answer, ())
