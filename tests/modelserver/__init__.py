"""A loopback server that plays the vendors, as strictly as they are, and misbehaves on demand.

    with ModelServer() as server:
        server.answer("return a + b")
        server.fault(Fault.RATE_LIMITED, retry_after=2)
        ...
        assert server.log[0].finished and server.bill > 0

It imports nothing of the product: its rules, prices and tokens are a second opinion.
"""

from .catalog import Usage
from .faults import Fault
from .records import Record
from .server import ModelServer

__all__ = ["Fault", "ModelServer", "Record", "Usage"]
