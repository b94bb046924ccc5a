"""The user's environment for a command that runs code of others: without what signs in anywhere. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

_OURS = ("COUNTERPOINT_", "GIT_")
_SECRET = re.compile(
    r"""
    (?<![A-Z]) (
        (API|ACCESS|ACCOUNT|AUTH|ENCRYPTION|MASTER|PRIVATE|SECRET|SIGNING|SSH)? KEYS?
      | [A-Z]*TOKENS? | [A-Z]*SECRETS? | [A-Z]*PASSWORDS? | [A-Z]*PASSWDS? | PASSPHRASES? | PASSCODES?
      | (DB|FTP|LDAP|MYSQL|PG|SMTP|SSH)? PASS | CREDS? | CREDENTIALS?
      | CONNECTION_?STRING | AUTH_SOCK | AUTH_CONFIG
    ) (?![A-Z])
    | (?<=_) (PWD|AUTH) $ | (?<![A-Z]) (PAT|DSN) $
    """,
    re.VERBOSE,
)
"""Names by whole words: a `KEYBOARD`, a `COMPASS` and an `AUTHOR` open nothing."""
_SIGNED_IN = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#\s@:]*:[^/?#\s@]+@", re.IGNORECASE)
"""An address with a user and a password."""


def plain(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables without secrets, by their names and by addresses that hold a password, and without our
    settings and git's."""
    return {
        name: value
        for name, value in environment.items()
        if not name.upper().startswith(_OURS)
        and not _SECRET.search(name.upper())
        and not _SIGNED_IN.search(value)
    }
