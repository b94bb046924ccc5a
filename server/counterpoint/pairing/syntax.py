"""How languages write comments, by the names editors give the languages. Pure.

What is looked for is a comment's beginning within one line: enough to find what somebody wrote to us, and
cheap enough for a menu.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Comments:
    """What begins a comment to the end of its line, and what opens and closes one of several lines."""

    line: tuple[str, ...] = ()
    block: tuple[tuple[str, str], ...] = ()


_C = (("/*", "*/"),)
_MARKUP = (("<!--", "-->"),)
_SLASHES = Comments(("//",), _C)
_HASH = Comments(("#",))
_SCRIPTED = Comments(("//",), (*_MARKUP, *_C))
_BLANKS = " \t"

_STYLES: tuple[tuple[str, Comments], ...] = (
    (
        "c cpp csharp cuda-cpp d dart fsharp glsl go groovy hlsl java javascript javascriptreact jsonc json5"
        " kotlin less objective-c objective-cpp objc objcpp proto proto3 rust scala scss shaderlab solidity"
        " swift systemverilog typescript typescriptreact typescript.tsx javascript.jsx verilog wgsl zig",
        _SLASHES,
    ),
    (
        "python ruby shellscript sh bash zsh fish yaml toml perl r elixir makefile make dockerfile graphql"
        " nim cmake crystal gdscript starlark bazel tcl awk sed git-rebase ignore properties dotenv conf"
        " nginx puppet",
        _HASH,
    ),
    ("julia", Comments(("#",), (("#=", "=#"),))),
    ("coffeescript", Comments(("#",), (("###", "###"),))),
    ("powershell ps1", Comments(("#",), (("<#", "#>"),))),
    ("terraform hcl php nix", Comments(("#", "//"), _C)),
    ("sql plsql mysql postgres", Comments(("--",), _C)),
    ("lua", Comments(("--",), (("--[[", "]]"),))),
    ("haskell elm purescript", Comments(("--",), (("{-", "-}"),))),
    ("ada vhdl applescript", Comments(("--",))),
    ("clojure lisp commonlisp scheme racket elisp emacs-lisp asm nasm ini autohotkey", Comments((";",))),
    ("latex tex plaintex bibtex erlang matlab octave prolog", Comments(("%",))),
    ("ocaml", Comments((), (("(*", "*)"),))),
    ("pascal delphi", Comments(("//",), (("(*", "*)"), ("{", "}")))),
    ("vb vbnet basic", Comments(("'",))),
    ("vim viml", Comments(('"',))),
    ("bat dosbatch", Comments(("::", "REM "))),
    ("fortran fortran-modern", Comments(("!",))),
    ("css", Comments((), _C)),
    ("html xml xsl svg markdown mdx", Comments((), _MARKUP)),
    ("vue svelte astro razor handlebars", _SCRIPTED),
)
_BY_LANGUAGE: Mapping[str, Comments] = {name: style for names, style in _STYLES for name in names.split()}
_ANY = Comments(("#", "//", "--", ";", "%"), (*_C, *_MARKUP))
"""For a language nobody has told us about."""


def comments_of(language: str) -> Comments:
    """How a language writes comments; every usual way for one that is not known."""
    return _BY_LANGUAGE.get(language.lower(), _ANY)


@cache
def openers(language: str) -> re.Pattern[str]:
    """Finds where a comment may begin in a line; the longest beginning first."""
    style = comments_of(language)
    found = sorted({*style.line, *(one for one, _ in style.block)}, key=lambda one: (-len(one), one))
    return re.compile("|".join(re.escape(one) for one in found), re.IGNORECASE)


def is_line(language: str, opener: str) -> bool:
    """Whether a comment that begins so ends with its line."""
    return opener.upper() in {one.upper() for one in comments_of(language).line}


def closer(language: str, opener: str) -> str:
    """What closes a comment of several lines that was opened so; "" for one that ends with its line."""
    return next((end for start, end in comments_of(language).block if start == opener), "")


def comment_of(language: str, line: str) -> str | None:
    """What a line says that holds nothing but a comment; None for any other line.

    Lines amid a comment of several lines count where they begin with a star, as most are written.
    """
    said = line.strip()
    found = openers(language).match(said)
    if found is not None:
        rest = said[found.end() :]
        end = closer(language, found[0])
        if end and end in rest:
            inner, _, behind = rest.partition(end)
            return inner.strip(_BLANKS + "*!") if not behind.strip() else None
        return rest.lstrip("/*#;%-!").strip()
    if said.startswith("*") and any(start == "/*" for start, _ in comments_of(language).block):
        return said.removesuffix("*/").lstrip("*").strip()
    return None
