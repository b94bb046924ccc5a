"""Checks that need no model: rules over the syntax, run in a worker process.

checker.StaticChecker   runs the rules on documents, off the event loop
hide.hide_reported      drops what another tool's diagnostic already says at that place
rules.load_rules        the shipped rules and a repository's own
check.check             the rules over one document; needs ast-grep, so only the worker imports it

Nothing is imported here: the worker would pay for the event loop of those who start it.
"""
