"""What is nothing but imports, in each language, and what only looks like them."""

from __future__ import annotations

import pytest

from counterpoint.imports import only_imports
from counterpoint.text import Document, Edit, Span


def adds(language: str, line: str, before: str = "") -> bool:
    document = Document.of("a", before + "x\n", language)
    return only_imports(document, Edit(Span(len(before), len(before)), line + "\n"))


def swaps(language: str, before: str, old: str, new: str) -> bool:
    document = Document.of("a", before, language)
    start = before.index(old)
    return only_imports(document, Edit(Span(start, start + len(old)), new))


def test_whole_lines_are_judged_without_the_line_they_are_put_before() -> None:
    assert adds("python", "import os")
    assert not adds("python", "run()")
    assert not adds("python", "    b,", "def f():\n    a,\n")
    assert adds("python", "    b,", "from x import (\n    a,\n") is False
    assert swaps("python", "import os\n\nx = 1\n", "import os\n", "import os\nimport re\n")


@pytest.mark.parametrize(
    ("language", "before", "old", "new"),
    [
        ("python", "from a import b\n", "b", "b, c"),
        ("python", "from a import (\n    b,\n    d,\n)\n", "    b,\n", "    b,\n    c,\n"),
        ("python", "import a\r\n", "import a\r\n", "import a\r\nimport b\r\n"),
        ("typescript", 'import { a } from "./a";\n', "{ a }", "{ a, b }"),
        ("typescript", 'import {\n  a,\n} from "./a";\n', "  a,\n", "  a,\n  b as c,\n"),
        ("javascript", "const a = require('a');\n", "'a'", "'b'"),
        ("typescript", 'import "./x.css";\n', "x", "y"),
        ("go", 'import (\n\t"fmt"\n)\n', '\t"fmt"\n', '\t"fmt"\n\tx "a/b"\n'),
        ("rust", "use a::b;\n", "b", "{b, c}"),
        ("java", "import a.b.C;\n", "C", "D"),
        ("c", "#include <a.h>\n", "a.h", "b.h"),
        ("csharp", "using A.B;\n", "B", "C"),
    ],
)
def test_imports(language: str, before: str, old: str, new: str) -> None:
    assert swaps(language, before, old, new)


@pytest.mark.parametrize(
    ("language", "before", "old", "new"),
    [
        ("python", "import os\n", "import os\n", "import os; os.system('x')\n"),
        ("python", "import os\n", "import os\n", "from_user = 1\n"),
        ("python", "x = 1\n", "x = 1\n", ""),
        ("python", "def f():\n    a,\n", "    a,\n", ""),
        ("javascript", "const a = require('a');\n", "'a')", "'child_process').execSync('x')"),
        ("javascript", "const a = 1;\n", "1", "2"),
        ("typescript", 'import "./x";\n', 'import "./x";', 'import("./x").then(run);'),
        ("go", 'x := "fmt"\n', "fmt", "os"),
        ("rust", "use a::b;\n", "use a::b;", "use_it();"),
        ("c", "#define A 1\n", "1", "2"),
        ("plaintext", "import a\n", "a", "b"),
    ],
)
def test_no_imports(language: str, before: str, old: str, new: str) -> None:
    assert not swaps(language, before, old, new)
