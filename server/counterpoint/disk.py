"""What is asked of the workspace's folder before anything is written there. Reads it: for threads."""

from __future__ import annotations

import os
from dataclasses import dataclass

from counterpoint.project import Project


@dataclass(frozen=True, slots=True)
class Disk:
    """A workspace's folder. Paths are relative to it, with `/`."""

    project: Project

    def why_not(self, path: str) -> str | None:
        """Why nothing is made, changed or moved there, or None: it lies outside, is ignored, or is secret."""
        return self.project.why_not_sent_text(path, "")

    def exists(self, path: str) -> bool:
        """Whether anything is there, a link to nothing included."""
        inner = self.project.relative(path)
        return inner is not None and os.path.lexists(self.project.root / inner)

    def runs(self, path: str) -> bool:
        """Whether the file is marked to be run as a program."""
        inner = self.project.relative(path)
        file = self.project.root / inner if inner is not None else None
        return file is not None and os.name != "nt" and file.is_file() and os.access(file, os.X_OK)
