"""Words that most files have and that say nothing of what a file is about."""

from __future__ import annotations

_ENGLISH = """
    a an and any are as at be but by can do does each for from has have if in into is it its may more must
    no not of on only or other same should so some such than that the their them then there these they this
    to use used using was we when where which will with you
"""
_KEYWORDS = """
    abstract assert async await bool boolean break byte case catch char class const continue def default del
    elif else end enum err except export extends extern false final finally float fn for foreach func
    function global go if impl implements import in include instanceof int integer interface is lambda let
    long loop match module mut namespace new nil None nonlocal not null object or package pass private
    protected pub public raise range return self short static str string struct super switch this throw
    throws true True false False try typedef typeof undefined union unsafe use using var void where while
    with yield
"""
COMMON = frozenset(
    (*_ENGLISH.split(), *_KEYWORDS.split(), *"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_")
)
"""The index does not tell where these stand, unless they are called or defined there."""
