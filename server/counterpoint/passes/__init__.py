"""Passes: what a review looks for. A shipped one is a row and a file in `prompts/passes/`; a repository adds
its own in `.counterpoint/passes/*.md`.

known     all passes of a workspace, shipped ones first, with what was wrong with its files
named     the passes a user asked for, by name
lens_of   what they look for in one text, for `Situation.lens`
fitting   those that fit a document and a place in it, likeliest first
sources   files of the repository that texts of a prompt quote, own passes and own tasks
without   a lens without some own passes
lint      wording that a model obeys too well
"""

from counterpoint.passes.fits import fitting
from counterpoint.passes.known import FOLDER, Known, known, named
from counterpoint.passes.lens import instructing, lens_of, quoting, without
from counterpoint.passes.quotes import sources
from counterpoint.passes.rows import ROWS, SHIPPED, Fits, Pass
from counterpoint.passes.wording import Notice, lint

__all__ = [
    "FOLDER",
    "ROWS",
    "SHIPPED",
    "Fits",
    "Known",
    "Notice",
    "Pass",
    "fitting",
    "instructing",
    "known",
    "lens_of",
    "lint",
    "named",
    "quoting",
    "sources",
    "without",
]
