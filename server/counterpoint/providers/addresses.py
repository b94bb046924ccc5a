"""Which addresses are this machine. Pure."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit


@lru_cache(maxsize=64)
def is_loopback_url(url: str) -> bool:
    """True if the URL's host is this machine: `localhost`, 127.0.0.0/8, ::1. Asked of the same few addresses
    at each key typed."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback
