"""URIs and paths. A document is found by a normalised key and always answered in the client's spelling."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from urllib.parse import quote, unquote, urlsplit

WINDOWS = os.name == "nt"

_DRIVE = re.compile(r"/?([A-Za-z]):(?=/|$)")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
_SAFE = "/!$&'()*+,;=@~-._"


def scheme_of(uri: str) -> str:
    """The scheme in lower case; empty if there is none."""
    match = _SCHEME.match(uri)
    return match[1].lower() if match else ""


@lru_cache(maxsize=256)
def path_of(uri: str) -> str | None:
    """File system path of a `file:` URI with `/`, drive letters in lower case; None for other schemes.

    Kept: each key typed asks some ten times for that of the same few.
    """
    if scheme_of(uri) != "file":
        return None
    parts = urlsplit(uri, allow_fragments=True)
    path = unquote(parts.path)
    if parts.netloc and parts.netloc.lower() != "localhost":
        return f"//{unquote(parts.netloc)}{path}"
    drive = _DRIVE.match(path)
    if drive:
        return f"{drive[1].lower()}:{path[drive.end() :] or '/'}"
    return path


def name_of(uri: str) -> str:
    """A path to call the document by, for any scheme: `untitled:Untitled-1` is `Untitled-1`.

    The file's name stays in it, so that rules about names (ignored, secret-like) hold for remote
    schemes as well.
    """
    path = path_of(uri)
    if path is not None:
        return path
    match = _SCHEME.match(uri)
    rest = uri[match.end() :] if match else uri
    if rest.startswith("//"):
        rest = "/" + rest[2:].partition("/")[2]
    return unquote(rest.partition("?")[0].partition("#")[0])


def uri_of(path: str) -> str:
    """`file:` URI of an absolute path, POSIX or Windows or UNC, in the spelling VS Code uses."""
    path = path.replace("\\", "/") if WINDOWS or re.match(r"[A-Za-z]:[\\/]|\\\\", path) else path
    if path.startswith("//"):
        host, _, rest = path[2:].partition("/")
        return f"file://{quote(host, safe='')}/{quote(rest, safe=_SAFE)}"
    drive = _DRIVE.match(path)
    if drive:
        return f"file:///{drive[1].lower()}%3A{quote(path[drive.end() :], safe=_SAFE)}"
    return f"file://{quote(path, safe=_SAFE)}"


def key_of(uri: str) -> str:
    """What two spellings of one document have in common."""
    path = path_of(uri)
    if path is not None:
        return f"file:{path}"
    return unquote(uri)


def relative_to(path: str, root: str) -> str | None:
    """`path` below `root`, both with `/`; None if it lies elsewhere. The root itself is `.`."""
    root = root.rstrip("/")
    if path == root:
        return "."
    return path[len(root) + 1 :] if path.startswith(f"{root}/") else None
