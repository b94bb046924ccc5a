"""Text that a model left out and marked as left out. What is not written is never guessed."""

from __future__ import annotations

import re
from collections import Counter

_LONGEST = 200
_COMMENT = (
    r"(?:\#+!?|//+!?|/\*+|\*+|--+\[*|;+|%+|<!--+|\{/\*|\(\*|\"\"\"|'''|<%--|<%\#|\{\#|\{\{!--|@\*|"
    r"REM\b|rem\b|'|!|\\\"|=begin|"
    r"dnl\b|::|\|\|)"
)
_BRACKET = r"[\[(<{]"
_DOTS = r"(?:\.{3,}|…+|⋯+|\. \. \.)"
_LEFT = (
    r"(?:rest|remain(?:s|ing|der)?|existing|unchanged|unmodified|untouched|unaltered|omitted|omitting|"
    r"previous(?:ly)?|"
    r"same|elided|truncated|abbreviated|snip(?:ped)?|as (?:before|is|above|in the original)|"
    r"no changes?|not changed|"
    r"other|keep(?:ing|s)?|kept|more|original|your|continue[sd]?|skipp(?:ed|ing)|rest of|code here|goes here|"
    r"for brevity|implementation|etc|similar(?:ly)?|likewise|"
    r"reste|inchangée?s?|existante?s?|unverändert|restliche[rsn]?|bestehende[rsn]?|resto|sin cambios|"
    r"existente|"
    r"inalterad[oa]|invariat[oa]|ongewijzigd|bez zmian|без изменений|остальн\w*|существующ\w*)"
)
_FOREIGN = re.compile(
    r"其余|其他代码|省略|不变|保持|剩余|现有代码|原有|"
    r"以下同样|変更なし|以下略|残り|既存の|기존|나머지|생략|변경 없음"
)
_SAID = (
    r"(?:the\s+|all\s+|your\s+|my\s+|other\s+|\d+\s+)*(?:"
    r"(?-i:[Rr]est|[Rr]emainder)(?: of(?: (?:the|this|your|my))?(?: (?!is\b|are\b|was\b|were\b|to\b|in\b)"
    r"[\w.`'\"-]+){0,3}?| code| file)?"
    r"(?: (?:(?:is|are|remains?|stays?) (?:exactly )?(?:the same|unchanged|as|identical|omitted|here|"
    r"untouched)\b.*|unchanged|same|here|goes here|omitted|as before|as is|below|continues?|follows?)|"
    r"(?<!(?-i:[Rr]est))(?<!emainder))|"
    r"(?:existing|remaining|previous|unchanged|original) (?:[\w`'-]+ ){0,3}?(?:code|methods?|"
    r"functions?|imports?|lines?|"
    r"content|implementation|logic|fields|tests?|routes|rest|body|handlers?|props|state|styles|rules|"
    r"entries|cases|"
    r"properties|class(?:es)?|definitions?|config(?:uration)?)(?: (?:here|unchanged|omitted|above|below|"
    r"(?:goes|stays?|remains?|continues?|follows?).*|(?:is|are) (?:the same|unchanged).*))?|"
    r"(?:existing|unchanged) (?:[\w`'-]+ )?(?:children|markup|elements?|items|components?|jsx|html|options|"
    r"settings|columns|values|attributes|nodes|keys|steps|exports|statements|variables|types|helpers)|"
    r"(?:code|file|lines?|content|everything|methods?|functions?|imports?|body|"
    r"implementation)(?: [\w`'-]+){0,3}? "
    r"(?:unchanged|omitted|elided|(?:remains?|stays?) (?:the same|unchanged|as (?:is|before)))|"
    r"(?!leave|left|is\b|are\b|be\b|keep|return)[\w-]+ (?:section |part |block |tag )?"
    r"(?:unchanged|remains? (?:the same|unchanged)|stays? (?:the same|unchanged))|"
    r"(?:unchanged|snip(?:ped)?|omitted|elided|truncated|no changes?(?: here)?|same (?:code )?as (?:before|"
    r"above|(?:the )?original)|"
    r"rest unchanged|unchanged (?:below|above|code)|as before|etc\.?|and so on|ditto|"
    r"keep (?:the |all )*(?:rest|existing|as is|"
    r"everything).*|"
    r"(?:insert|paste|put|copy|add) (?:the )?(?:rest|existing|remaining|original) "
    r"(?:of )?(?:the |your )?(?:code|file|methods?|functions?|implementation|imports|logic|body|class)\b.*)"
    r")"
)
_TAIL = r"[\s.…!)\]}>*/#-]*(?:\(?for brevity\)?|\"\"\"|''')?[\s.…!)\]}>*/#%}@-]*$"
_STATED = re.compile(rf"^\s*(?>(?:{_COMMENT}\s*|{_BRACKET}\s*)+){_SAID}{_TAIL}", re.IGNORECASE)
_DOTTED = re.compile(
    rf"^\s*(?:{_COMMENT}\s*)?{_BRACKET}*\s*{_DOTS}(?:\s+|(?=[(\[]))(?:.*\b{_LEFT}\b|.*(?:其|省|不变|保|残|既|"
    rf"変|기존|나머지|생략))|"
    rf"^\s*(?>(?:{_COMMENT}\s*)+){_BRACKET}*\s*{_DOTS}.*\b{_LEFT}\b|"
    rf"^\s*(?>(?:{_COMMENT}\s*|{_BRACKET}\s*)+)(?:(?:the|all|your|some|and)\s+)*{_LEFT}\b.{{0,60}}{_DOTS}",
    re.IGNORECASE,
)
_TRAILING = re.compile(
    rf"\S\s*(?:\#|//|/\*|--|;|<!--)\s*{_DOTS}?\s*(?:\(?(?:{_SAID})\)?){_TAIL}", re.IGNORECASE
)
_HOLLOW = re.compile(r"^\s*(?:pass|\.\.\.|\{\s*(?:\.\.\.|…)?\s*\}|return(?: None)?;?|todo!\(\);?)?\s*$")
_BARE = re.compile(
    rf"^\s*(?:(?:\#+|//+|--+|;+|%+|REM|')\s*{_DOTS}|/\*+\s*{_DOTS}\s*\*+/|<!--+\s*{_DOTS}\s*--+>|"
    rf"\{{/\*\s*{_DOTS}\s*\*/\}}|"
    rf"\(\*\s*{_DOTS}\s*\*\)|[\[(<]\s*{_DOTS}\s*[\])>]|{_DOTS})[\s;,]*$"
)
_ONLY = {"'": (".vb", ".vbs", ".bas", ".cls"), "!": (".f", ".f90", ".f95", ".for"), '"': (".vim",)}
"""Signs that begin a comment in few languages, and a text or an expression in the others."""
_TRIPLE = ('"""', "'''")
_YAML = (".yaml", ".yml")
_PROSE = (
    *_YAML,
    ".md",
    ".rst",
    ".txt",
    ".adoc",
    ".markdown",
    ".po",
    ".out",
    ".snap",
    ".log",
    ".ipynb",
    ".tex",
    ".org",
    ".html",
)
_STUBS = (".py", ".pyi", ".pyx")
_MARKUP = (".md", ".markdown", ".rst", ".adoc", ".txt", ".mdx")
_CONTINUED = re.compile(
    r"^\W*(?:(?:to be )?continued(?: (?:in|below).*)?|continu(?:ing|es?) in (?:the |"
    r"my )?next (?:message|reply|response|part)"
    r".*|.*\b(?:I(?:'|’)?(?:ll| will)|let me) continue (?:with .* )?in (?:the |my |a )?(?:next|"
    r"following|separate) "
    r"(?:message|reply|response|part).*|(?:output |response |file )?truncated(?: .*)?|"
    r".*\bdue to (?:length|space|token|size) "
    r"(?:limits?|limitations?|constraints?).*\b(?:continue|split|truncat|omit|next).*)\W*$",
    re.IGNORECASE,
)


def elision(new: str, before: str, path: str) -> str:
    """The first line that stands for text left out, or "". Lines that `before` has as often are none."""
    had = Counter(line.strip() for line in before.split("\n"))
    has = Counter(line.strip() for line in new.split("\n"))
    last = ""
    for line in new.split("\n"):
        said = line.strip()
        if said and has[said] > had[said] and (marks(line, last, path) or _hollowed(said, last, had)):
            return said
        last = line if said else last
    return ""


def _hollowed(said: str, last: str, had: Counter[str]) -> bool:
    """True for three dots in place of a body that was there: the line above is the file's, these are not."""
    return said == "..." and had[last.strip()] == 1


def marks(line: str, last: str, path: str) -> bool:
    """True if a line of a file says that something is missing there. `last` is the line above it."""
    if not line.strip() or len(line) > _LONGEST:
        return False
    name = path.lower()
    if _BARE.match(line):
        if name.endswith(_PROSE):
            return line.lstrip().startswith(("<!--", "{/*")) or (name.endswith(_YAML) and "#" in line)
        return not (name.endswith(_STUBS) and line.strip() == "..." and _opens(last))
    if _is_text(line.lstrip(), name):
        return False
    if name.endswith(_MARKUP) and not line.lstrip().startswith(("<!--", "[", "(", "...", "…")):
        return False
    return _says(line)


def _is_text(said: str, name: str) -> bool:
    """True for a line that begins a text in this language, and would be a comment in another."""
    ends = _ONLY.get(said[:1])
    if ends is None or name.endswith(ends) or said[:3] in _TRIPLE:
        return False
    return re.match(rf".\s+{_DOTS}", said) is None


def continued(line: str) -> bool:
    """True for a sentence that says that the answer goes on elsewhere."""
    return len(line) < _LONGEST and _CONTINUED.match(line) is not None


def _says(line: str) -> bool:
    if _STATED.match(line) or _DOTTED.match(line):
        return True
    if _FOREIGN.search(line) and re.search(rf"^\s*(?:{_COMMENT}|{_DOTS})", line):
        return re.search(_DOTS, line) is not None or len(line.strip()) < 24
    found = _TRAILING.search(line)
    return found is not None and _HOLLOW.match(_body(line, found.start() + 1)) is not None


def _body(line: str, end: int) -> str:
    """What code there is before a comment; behind the colon or brace that opens a body on the same line."""
    code = line[:end]
    if code.rstrip().endswith((":", "{")) or ": ..." in code:
        return ""
    return code


def _opens(line: str) -> bool:
    """In Python `...` is a body, right below the line that opens it, a docstring or another stub's end."""
    line = line.split("  #", 1)[0].rstrip()
    return line.endswith((":", '"""', "'''", "...", "(", "[", ","))
