"""What messages of commits say that make no task: tables of phrases, each with its reason. Pure.

A phrase is an expression between word boundaries, `^` before it one that a subject must begin with.
"""

from __future__ import annotations

import re
from collections.abc import Sequence


def _said(phrases: str, flags: int = re.IGNORECASE) -> re.Pattern[str]:
    """Any of the phrases, which stand one to a line or two spaces apart."""
    parts = re.split(r"\s{2,}|\n", phrases.strip())
    begins = [part[1:] for part in parts if part.startswith("^")]
    within = [part for part in parts if part and not part.startswith("^")]
    either = [rf"^(?:{'|'.join(begins)})"] if begins else []
    either += [rf"(?<!\w)(?:{'|'.join(within)})(?!\w)"] if within else []
    return re.compile("|".join(either), flags)


KIND = re.compile(r"^(?P<kind>[A-Za-z]+)(?:\((?P<scope>[^()]*)\))?!?:\s+")
"""The kind and the scope in front of a conventional subject."""
NOT_TO_DO = frozenset(
    {"chore", "ci", "build", "doc", "docs", "style", "test", "tests", "testing", "release", "deps", "dep"}
    | {"revert", "merge", "wip", "lint", "typing", "types", "perf", "refactor", "refact", "bench", "examples"}
    | {"example", "clean", "cleanup"}
)
"""Kinds of commit that bring no behaviour about."""
MENDING = frozenset({"fix", "bugfix", "hotfix"})
TO_DO = frozenset({"fix", "feat", "feature", "bugfix", "hotfix", "improvement", "enhancement", "add"})

_MERGE = _said("^merge[ds]?\\b  pull request  backport\\w*  cherry.?pick\\w*  forward.?port\\w*")
_REVERT = _said(
    "^undo\\b  revert\\w*  re-?appl(?:y|ied)  back(?:ed|ing)? out  add(?:ed|ing)? back  bring\\w* back"
    "  restor\\w+  re-?(?:add|introduc|enabl)\\w*"
)
_VERSION = _said(
    """^v?\\d+(?:\\.\\d+)+  version bump
    ^(?:\\w+[ :])?(?:bump|releas\\w+|prepare\\w* \\w* ?releas\\w*|version)\\b"""
)
_DEPENDENCY = _said(
    """dependenc(?:y|ies)  renovate  dependabot  lock ?file
    (?:up(?:grade|date)|bump|pin|unpin)\\w*\\b.*\\b(?:to|from) v?\\d[\\w.]*
    (?:upgrade|migrate) (?:to )?[\\w@/.-]+ ?v?\\d[\\w.]*"""
)
_FORM = _said(
    """typos?  spelling  whitespace  gofmt  rustfmt  prettier  eslint  pylint  flake8  isort
    lint(?:er|ing|s)?  clippy  pyflakes  mypy  pyright  changelog  readme  docstrings?  license
    document(?:s|ed|ing)?
    copyright  comments?  documentation  docs
    type ?(?:hints?|annotations?|checks?|errors?|inference)
    (?:re)?format(?:ted|ting)? (?:code|files?)"""
)
_UNFINISHED = _said(
    """wip  work in progress  fixup!  squash!  temp(?:orary)? (?:fix|commit)  try(?:ing)? to
    ^attempt\\w*\\b
    (?:address|apply|incorporate)\\w* .*(?:review|feedback|comments|suggestions)
    review (?:comments|feedback)"""
)
_SHAPE = _said(
    """refactor\\w*  renam(?:e[sd]?|ing)  clean\\w*[ -]?up\\w*  tid(?:y|ied)\\w*  reorgani[sz]\\w*
    restructur\\w*  simplif\\w*  moderni[sz]\\w*  de-?dup\\w*  consolidat\\w*  inline[sd]?
    extract(?:ed|s)? .* (?:in)?to  split(?:s|ting)? .* (?:in)?to  mov(?:e[sd]?|ing) .* (?:in)?to
    switch(?:ed|es)? (?:\\w+ )*to  migrat\\w+  rewrit\\w+  rewrote  rework\\w*  cosmetic\\w*  nits?
    naming$  replac\\w* \\S+ (?:with|by)  dead code  unused  port(?:ed)? .* to  refer(?:s|ring)? to .* as"""
)
_SPEED = _said("optimi[sz]\\w+  perf(?:ormance)?  speed[ -]?up\\w*  faster  benchmark\\w*  allocations?")
_TESTING = _said(
    """^(?:\\w+ )?(?:(?:more|some|better|missing|new|unit|regression|failing) )*(?:tests?|specs?|coverage)\\b
    ^(?:add|fix|improve|update|extend|enable|more|unskip)\\w* (?:\\S+ ){0,4}(?:tests?|test (?:suite|cases?)"""
    """|specs?|coverage|fixtures?)\\b(?! (?:client|runner|command|mode|server|framework))
    flak[ey]\\w*  test coverage"""
)
_VAGUE = _said(
    """^stuff\\b  ^some\\b  misc(?:ellaneous)?  various  several (?:fix|improv|chang|bug)\\w*
    (?:minor|small|more) (?:fix|improv|chang|tweak|adjust)\\w*  tweaks?  follow[- ]?ups?
    (?:part|phase|step) \\d\\w*  initial (?:commit|version|implementation|support)
    first (?:pass|draft|version)  oops  another (?:fix|try)  quick fix  hot ?fix
    (?:potential|possible|some|minor|small) (?:bug|issue|problem|error|edge case)s?
    work[- ]?arounds?  hack\\w*"""
)
UNCHANGED = re.compile(
    r"\bno (?:functional|behaviou?r\w*|user.(?:visible|facing)) changes?\b|\bthis (?:only )?renames?\b"
    r"|\bpure(?:ly)? (?:refactor|rename)",
    re.IGNORECASE,
)
"""What a body says of a change after which all is as it was."""
REASONS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("a merge or a copy of another commit", _MERGE),
    ("a revert", _REVERT),
    ("a version or a release", _VERSION),
    ("a change of dependencies", _DEPENDENCY),
    ("unfinished, or an answer to a review", _UNFINISHED),
    ("only tests", _TESTING),
    ("form, comments or documentation", _FORM),
    ("another shape of the same behaviour", _SHAPE),
    ("a matter of speed", _SPEED),
    ("a message that names nothing to be done", _VAGUE),
    ("a message that is cut off", re.compile(r"(?:…|\.\.\.)(?:\s*\(#\d+\))?$")),
)
"""What a subject says of a commit that makes no task, with the reason in words for a user."""

_STATES = "handl escap pars process encod decod match bind render rout nam test load build format logg sett"
WISHED = _said(
    f"""when  where  if  unless  while  until  instead  rather  should  shouldn'?t  must  never  not
    no longer  without  with  after  before  from  on  only  even  don'?t  doesn'?t  isn'?t  as  by
    to  into  during  due  because  caus\\w+  rais\\w+  ignor\\w+  miss\\w+  return\\w*
    (?!(?:{_STATES.replace(" ", "|")})ing|string|typing|caching|checking|breaking|failing|working)\\w{{3,}}ing
    (?<!fix )(?<!fixed )(?<!fixes )for"""
)
"""Words with which a message says more than where something was wrong."""
CONDITIONS = _said(
    """if  when\\w*  where  unless  until  while  once  only  already  same  skip\\w*  ignor\\w*  never  not
    no  \\w+n't  without  avoid\\w*  prevent\\w*  unchanged  chang\\w+  empty  missing  none  null  nil
    undefined
    disabl\\w*  enabl\\w*  except  as  in case  guard\\w*  check\\w*  duplicat\\w*  exist\\w*  twice"""
)
"""Words with which a message says when something is to be done, or left."""
MENDED = _said(
    """^(?:\\S+: )?(?:fix(?:e[sd]|ing)?|correct(?:ed)?|handl(?:e[sd]?|ing)|resolve[sd]?|repair|adjust\\w*"""
    """|update[sd]?|change[sd]?|bug ?fix|patch)\\b"""
)
BETTERED = _said(
    """^(?:\\S+: )?(?:improv\\w+|enhanc\\w+|harden\\w*|better|additional|extend\\w*|refin\\w+|adjust\\w*"""
    """|revis\\w+|polish\\w*|strengthen\\w*|more|expand\\w*|deprecat\\w+|updat\\w+|robust\\w*)\\b"""
)
LIKENED = _said(
    "adher\\w+  conform\\w*  compl(?:y|iant|iance)  standards?  consisten(?:t|tly|cy)  sane\\w*  nice\\w*"
    "  align\\w*  parity"
)
"""Words for being as something else is, which one must know."""
FIXES = _said(
    """fix(?:e[sd]|ing)?  bugs?  bugfix  hotfix  crash\\w*  regress\\w+  broken  wrong(?:ly)?
    incorrect(?:ly)?  prevent\\w*  avoid\\w*  leak\\w*  race  deadlock  panic\\w*  overflow  don't
    do not  properly  correctly"""
)
FAULTS = _said(
    """bugs?  crash\\w*  panic\\w*  leak\\w*  race  races  deadlock\\w*  wrong(?:ly)?  incorrect(?:ly)?
    broken  regress\\w+  overflow\\w*  infinite  hangs?  hanging  twice  doubl\\w+  duplicat\\w+
    \\w*exceptions?  \\w*errors?  raises  raising  traceback  fail(?:s|ed|ing|ure)?  none  nil  null
    undefined  falsy  zero  negative  lost  los(?:e|es|ing)  forg[eo]t\\w*  unset\\w*
    overwrit\\w+  mutat\\w+  stale  truncat\\w+  inconsisten\\w+  edge cases?  off.by.one
    mismatch\\w*  corrupt\\w*  vulnerab\\w+  injection  traversal  unescaped
    mangl\\w+  clobber\\w*  swallow\\w*  recursion
    not (?:being |correctly |properly )?\\w+(?:ing|ed)"""
)
"""Words that tell of something that is wrong in what is there, and not only of something to be added."""
MEMBER = re.compile(r"`[^`]*[_.][^`]*`|\S*\w[_.]\w\S*")
"""Names of code, whose words tell of no fault: `http_exception` is none."""
ADDS = _said("^(?:\\S+ )?(?:add|allow|support)")

TRAILER = re.compile(
    r"^(?:[A-Z][\w-]+-by|change-id|cc|bug|issue|ticket|jira|refs?|see|see also|related(?: to)?|part of"
    r"|closes?|fix(?:es)?|resolves?|pull request|pr|release notes?|reviewed|backport|gitlab|link"
    r"|generated[ -]with|git-svn-id|fixes issue|originally posted by)\s*[:#]",
    re.IGNORECASE,
)
NUMBERED = re.compile(
    r"\s*[(\[](?:(?:fix(?:e[sd])?|close[sd]?|resolve[sd]?|refs?|see|gh|issue|bug|pr|#)?[\s:]*"
    r"(?:[\w./-]+)?#\d+[,\s]*(?:and\s+)?)+[)\]]"
    r"|\s*\b(?:clos(?:e[sd]?|ing)|fix(?:e[sd])?|resolve[sd]?|refs?|see|for|per|in|via|from|issue|bug|ticket|pr"
    r"|gh-?)\s*:?\s+(?:issue |pr |pull request )?(?:[\w./-]+)?#\d+\b"
    r"|\s*(?<!\w)(?:[\w-]+/[\w.-]+)?#\d+\b|\s*\bGH-?#?\d+\b|^\s*\[?[A-Z][A-Z0-9]+-\d+\]?:?\s*",
    re.IGNORECASE | re.MULTILINE,
)
"""Numbers of issues and pull requests, with the words that lead to them."""
PICTURED = re.compile(r"^\s*(?::\w+:|[\U0001F000-\U0001FFFF\u2600-\u27BF\uFE0F])+\s*")
"""Pictures that some put in front of a subject."""
ADDRESS = re.compile(r"\s*<?https?://\S+>?")
LINK = re.compile(r"\[([^\[\]]+)\]\(\S*\)")
FENCE = re.compile(r"^```.*?^```[ \t]*$|^~~~.*?^~~~[ \t]*$", re.DOTALL | re.MULTILINE)
DIFF_LINE = re.compile(r"^(?:diff --git |index [0-9a-f]+|@@ .* @@|\+\+\+ |--- |[+-](?! )\S)")
POINT = re.compile(r"^\s*(?:[*+-]|\d+[.)])\s+")
AUTOMATIC = re.compile(
    r"generated with \[?claude|🤖|^-+$|^\s*\d+ files? changed|^conflicts:|^#|^\(cherry picked", re.IGNORECASE
)
SQUASHED = re.compile(r"(?<=\n)\n(?:\*|-) \S.*(?=\n\n|\Z)")
"""Points that stand each by itself, as when the commits of a branch are made one."""
DONE = re.compile(
    r"(?<=\n)(?:[\w./-]+: )?(?:Add|Fix|Mov|Remov|Improv|Updat|Chang|Renam|Clean|Refactor)ed\b.*(?=\n\n|\Z)"
)
"""Rows that each tell of something that was done."""
BESIDES = re.compile(
    r"(?<!\S)(?:Also|Additionally|In addition|Moreover)\b,?(?! to )"
    r"(?!(?:\s+\S+){0,5}?\s+(?i:\S*tests?|docs|specs?|documentation|comments?|changelog|happens|affects|occurs)\b)"
    r"|(?i:\bdrive.?by\b|\bwhile (?:at it|(?:we'?re|i'?m|i was) (?:here|there|at it))\b)"
)
"""How a sentence begins that tells of a further change; what goes with any change is none."""
TWOFOLD = _said(
    "(?<=\\w )and (?:also )?(?:add|fix|remov|dropp?|updat|improv|chang|introduc)(?:e|s|es|ed|ing)?"
    "(?! (?:\\S+ ){0,4}(?:tests?|specs?|docs))"
)
"""A subject that goes on to a second thing to be done."""
MUSING = re.compile(
    r"\bI(?:'m| am|'ve| have|'ll| will)?(?: also| still)? (?:plan|think|consider|guess|believe|wonder)"
    r"|\b(?:we|one|i) could\b|\bI (?:realiz|decid|was|wasn|tried|don)|\bpossible alternatives?\b"
    r"|\b(?:weird|not (?:quite |entirely )?sure|somehow|for some reason|hopefully)\b"
    r"|\b(?:another|later|future|next|follow.?up|separate) (?:PR|pull request|commit)s?\b",
    re.IGNORECASE,
)
"""Thoughts on what else might be done, which an instruction would be taken to ask for."""
MENDED_ON_THE_WAY = re.compile(r"^\s*(?:[*+-]|\d+[.)])\s+fix(?:e[sd]|ing)?\b", re.IGNORECASE | re.MULTILINE)
"""Points of a list that tell what was put right while it was being written."""
HOUSEKEEPING = _said(
    """^(?:update|create|delete|edit|fix)d? \\S+\\.\\w+$
    ^(?:code ?review|cr\\b|pr (?:feedback|comments)|review|remove .*log|debug|use existing|self.review)
    ^.*\\bscripts?$"""
)
"""Points of a list that tell of the work and not of what was wanted."""

COMMON: Sequence[str] = [
    "fix",
    "fixes",
    "bug",
    "bugs",
    "issue",
    "issues",
    "add",
    "adds",
    "added",
    "update",
    "change",
    "changes",
    "changed",
    "support",
    "handle",
    "handling",
    "improve",
    "improved",
    "error",
    "errors",
    "problem",
    "use",
    "uses",
    "using",
    "used",
    "make",
    "makes",
    "allow",
    "allows",
    "new",
    "now",
    "correct",
    "correctly",
    "properly",
    "proper",
    "set",
    "get",
    "work",
    "working",
    "ensure",
    "remove",
    "removed",
    "code",
    "test",
    "tests",
    "case",
    "cases",
    "when",
    "implement",
    "implementation",
    "function",
    "method",
    "class",
    "file",
    "value",
    "some",
    "feature",
    "option",
    "better",
    "also",
    "check",
    "feat",
    "don't",
    "its",
    "it's",
    "we",
    "via",
    "see",
    "this",
    "that",
    "these",
    "without",
]
"""Words that any message has: they tell no change from another."""
