"""Whether lines of code do nothing but import. Pure.

What a change needs to have imported may stand outside of what was asked about; anything else in the guise of
an import may not.
"""

from __future__ import annotations

import re

from counterpoint.text import Document, Edit

_MOST = 60
_HASH = frozenset({"python", "ruby", "php"})
_FORMS: dict[str, str] = {
    "python": r"from[ \t]+[\w.]+[ \t]+import[ \t]+(?:\([\w\s,]*\)|[\w ,*]+)|import[ \t]+[\w. ,]+",
    "javascript": (
        r"import[ \t]+(?:type[ \t]+)?(?:[\w$*{}\s,]+?[ \t\r\n]from[ \t]+)?(?:\"[^\"\r\n]+\"|'[^'\r\n]+')"
        r"|export[ \t]+(?:type[ \t]+)?(?:\*(?:[ \t]+as[ \t]+\w+)?|\{[\w$\s,]*\})[ \t]+from[ \t]+"
        r"(?:\"[^\"\r\n]+\"|'[^'\r\n]+')"
        r"|(?:const|let|var)[ \t]+(?:[\w$]+|\{[\w$\s,:]*\})[ \t]*=[ \t]*"
        r"require\((?:\"[^\"\r\n]+\"|'[^'\r\n]+')\)"
    ),
    "go": (
        r"import[ \t]+(?:[\w.]+[ \t]+)?\"[^\"\r\n]+\""
        r"|import[ \t]*\((?:\s*(?:[\w.]+[ \t]+)?\"[^\"\r\n]+\")*\s*\)"
    ),
    "java": r"import[ \t]+(?:static[ \t]+)?[\w.*]+",
    "rust": r"(?:pub[ \t]+)?use[ \t]+[\w:{}\s,*]+",
    "csharp": r"(?:global[ \t]+)?using[ \t]+(?:static[ \t]+)?[\w.]+(?:[ \t]*=[ \t]*[\w.]+)?",
    "c": r"\#[ \t]*include[ \t]*(?:<[^>\r\n]+>|\"[^\"\r\n]+\")",
    "ruby": r"require(?:_relative)?[ \t]+(?:\"[\w./-]+\"|'[\w./-]+')",
    "php": r"use[ \t]+[\w\\ ,{}]+",
}
_LIKE = {
    "typescript": "javascript", "javascriptreact": "javascript", "typescriptreact": "javascript",
    "kotlin": "java", "scala": "java", "swift": "java", "cpp": "c",
}  # fmt: skip
_OPENS = re.compile(
    r"^\s*(?:from\s+[\w.]+\s+import\s*\(|(?:import|export)\b[^'\"]*\{|import\s*\(|(?:pub\s+)?use\b.*\{)[^)}]*$"
)
_WITHIN = re.compile(r"^[\w\s,$*.\"/:-]*$")
_CLOSES = re.compile(r"^\s*[)}]")


def only_imports(document: Document, edit: Edit) -> bool:
    """Whether an edit changes whole import statements and nothing else, before it and after it."""
    start, end = document.position(edit.span.start), document.position(edit.span.end)
    # An edit of whole lines ends where the next one begins, which is none of its own.
    whole = not (start.column or end.column) and (not edit.new or edit.new.endswith("\n"))
    first, last = _statement(document, start.line, end.line - 1 if whole else end.line)
    since, until = document.starts[first], document.starts[min(last + 1, len(document.lines))]
    before = document.text[since:until]
    after = before[: edit.span.start - since] + edit.new + before[edit.span.end - since :]
    return _all_imports(before, document.language) and _all_imports(after, document.language)


def _statement(document: Document, first: int, last: int) -> tuple[int, int]:
    """The lines of the statement in brackets that some lines lie within, else those lines."""
    top = min(first, len(document.lines) - 1)
    while top >= max(0, first - _MOST) and not _OPENS.match(document.line(top)):
        if not _WITHIN.match(document.line(top)):
            return first, last
        top -= 1
    if top < max(0, first - _MOST):
        return first, last
    for bottom in range(last, min(len(document.lines), last + _MOST)):
        if _CLOSES.match(document.line(bottom)):
            return top, bottom
    return first, last


def _all_imports(text: str, language: str) -> bool:
    """Whether nothing is left of a text without its import statements, blank lines and comments."""
    form = _FORMS.get(_LIKE.get(language, language))
    if form is None:
        return not text.strip()
    comment = rf"{r'#' if language in _HASH else '//'}[^\r\n]*"
    left = re.sub(rf"^[ \t]*(?:{form})[ \t]*;?[ \t]*(?:{comment})?\r?$", "", text, flags=re.MULTILINE)
    return not re.sub(rf"^[ \t]*{comment}$", "", left, flags=re.MULTILINE).strip()
