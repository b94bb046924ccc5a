"""File names that by custom hold secrets. Such a file is never sent to a vendor, whatever is in it. Pure."""

from __future__ import annotations

import re

_FOLDERS = frozenset(
    {".aws", ".azure", ".docker", ".gcloud", ".gnupg", ".kube", ".password-store", ".ssh", ".vault"}
)
_NAMES = frozenset(
    {
        ".bash_history", ".boto", ".databrickscfg", ".dev.vars", ".dockercfg", ".envrc", ".flaskenv",
        ".git-credentials", ".htpasswd", ".my.cnf", ".mysql_history", ".netrc", ".npmrc", ".passwd-s3fs",
        ".pgpass", ".psql_history", ".pypirc", ".python_history", ".s3cfg", ".secrets", ".terraformrc",
        ".vault-token", ".yarnrc.yml", ".zsh_history", "_netrc", "htpasswd", "kubeconfig", "rclone.conf",
        "terraform.rc", "wallet.dat",
    }
)  # fmt: skip
_DATA = r"(json|ya?ml|toml|ini|cfg|conf|csv|xml|txt|properties|plist|enc|db|sqlite3?|bak|old|gpg)"
_PATTERNS = re.compile(
    rf"""
      \.env ([._-].*)? | .+\.env | env\.(local|prod|production|staging|dev|development|secrets?)
    | .*firebase-adminsdk.*\.json
    | .+\.(pem|key|p8|p12|pfx|pkcs12|ppk|kdbx?|jks|keystore|keychain|ovpn|gpg|pgp|tfvars|tfstate)
      (\.(bak|backup|old|orig|enc|json|\d+))?
    | (.*[._-])?id_(rsa|dsa|ecdsa|ed25519)(_sk)? (?!\.pub$)(\..*)?
    | (.*[._-])?credentials?([_-][^.]*)? ((\.[^.]+)?\.{_DATA})?
    | (.*[._-])?(secrets?|passwords?|passwd|api[_-]?keys?)([._-][^.]*)? \.{_DATA}
    | (.*[._-])?(service[_-]?account|client[_-]secret)[^.]* \.(json|ya?ml)
    | secring\..*
    """,
    re.VERBOSE | re.IGNORECASE,
)


def looks_secret(path: str) -> bool:
    """True if a `/`-separated path names, or lies in, a customary place of secrets. Case does not matter."""
    *folders, name = path.lower().split("/")
    return not _FOLDERS.isdisjoint(folders) or name in _NAMES or _PATTERNS.fullmatch(name) is not None


def is_gits(name: str) -> bool:
    """Whether git looks for its own things under a name, in whatever way a disk may spell it. A repository
    that got to write one would name another configuration, which runs commands."""
    plain = name if name.isascii() else "".join(one for one in name if one.isprintable())
    return plain.partition(":")[0].rstrip(". ").lower() in (".git", "git~1")
