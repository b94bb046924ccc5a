"""Checks that need no model: rules over the syntax, run in a worker process.

StaticChecker   runs the rules on documents, off the event loop
hide_reported   drops what another tool's diagnostic already says at that place
load_rules      the shipped rules and a repository's own
check           the rules over one document (`counterpoint.static.check`; needs ast-grep, so only the
                worker imports it)
"""

from __future__ import annotations

from counterpoint.static.checker import NO_RULES, StaticChecker, StaticResult
from counterpoint.static.hide import hide_reported
from counterpoint.static.rules import Rule, load_rules

__all__ = ["NO_RULES", "Rule", "StaticChecker", "StaticResult", "hide_reported", "load_rules"]
