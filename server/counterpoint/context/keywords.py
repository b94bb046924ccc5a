"""Words that are a language's own, or as good as: they name nothing in a workspace."""

from __future__ import annotations

_WORDS = {
    "python": "self cls super return import from def class if elif else for while try except finally with"
    " as in is not and or None True False async await raise yield lambda pass break continue match"
    " case global nonlocal del assert str int bool float bytes object list dict set tuple",
    "script": "this super return import from function class if else for while do try catch finally switch"
    " case const let var in of typeof instanceof keyof new async await throw yield break continue"
    " default export extends implements interface type enum readonly abstract declare namespace"
    " public private protected static null undefined true false string number boolean any unknown"
    " never void object as is",
    "go": "func return import package if else for range switch case default const var type struct"
    " interface map chan go defer select break continue fallthrough nil true false string bool"
    " byte rune error int int64 uint float64 any",
    "rust": "self Self super crate fn return use mod pub if else for while loop match let mut ref move"
    " const static type struct enum trait impl dyn where unsafe as in break continue true false"
    " Some None Ok Err",
    "jvm": "this super return import package class interface enum record if else for while do try catch"
    " finally switch case default new throw throws extends implements abstract final static public"
    " private protected void int long boolean char byte short float double null true false"
    " instanceof break continue String Object",
}
KEYWORDS = {family: frozenset(words.split()) for family, words in _WORDS.items()}
"""By family of languages."""
COMMON = frozenset(
    {"break", "case", "class", "const", "continue", "else", "false", "for", "if", "import", "return"}
)
"""Of a language that is not in the table."""
