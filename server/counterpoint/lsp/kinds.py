"""The code-action kinds we return: all of them are advertised, else some editors list them nowhere."""

REWRITE = "refactor.rewrite.counterpoint"
REVIEW_KIND = "counterpoint.review"
SOURCE = "source.counterpoint.review"
FIX_ALL = "source.counterpoint.fixAll"
EXTRACT = "refactor.extract.counterpoint"
KINDS = ("quickfix", REWRITE, EXTRACT, REVIEW_KIND, SOURCE, FIX_ALL)
