"""Is the editor that started us still there?"""

from __future__ import annotations

import os
import select
import sys


class Parent:
    """The process named by `initialize`. One that cannot be seen at the start is never said to be gone:
    the editor may live in another container, and then the end of stdin tells."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._is_ours = hasattr(os, "getppid") and os.getppid() == pid
        self._watch = pid > 0 and exists(pid)
        self._handle = _handle(pid) if self._watch else None

    def gone(self) -> bool:
        """A parent that died and was not waited for still has its id: then we have another parent."""
        if not self._watch:
            return False
        if self._is_ours and os.getppid() != self._pid:
            return True
        if self._handle is not None:  # knows the process, whoever has its number by now
            return bool(select.select([self._handle], [], [], 0)[0])
        return not exists(self._pid)

    def close(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
            self._watch = False


def _handle(pid: int) -> int | None:
    """A descriptor that becomes readable when the process ends; None where the system has no such thing."""
    open_handle = getattr(os, "pidfd_open", None)
    try:
        return int(open_handle(pid)) if open_handle else None
    except OSError:
        return None


if sys.platform == "win32":

    def exists(pid: int) -> bool:
        """Ask for a handle and whether it is signalled: signal 0 would end the process on Windows."""
        import ctypes

        synchronize, timed_out = 0x0010_0000, 0x102
        kernel = ctypes.windll.kernel32
        handle = kernel.OpenProcess(synchronize, False, pid)
        if not handle:
            return False
        try:
            return bool(kernel.WaitForSingleObject(handle, 0) == timed_out)
        finally:
            kernel.CloseHandle(handle)

else:

    def exists(pid: int) -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True
