"""Files whose change runs somewhere by itself, or decides what does: never changed without a word. Pure."""

from __future__ import annotations

import re

_KINDS: tuple[tuple[str, str], ...] = (
    (
        "it is part of CI",
        r"(.*/)?\.(github/(workflows|actions)|circleci|buildkite|ci|gitea/workflows|forgejo/workflows|woodpecker)"
        r"/.*|(.*/)?(\.gitlab-ci|\.travis|\.appveyor|appveyor|azure-pipelines|bitbucket-pipelines|\.drone"
        r"|\.woodpecker|\.cirrus|cloudbuild|buildspec)\.ya?ml|(.*/)?jenkinsfile",
    ),
    (
        "it runs as a hook",
        r"(.*/)?\.(husky|githooks|lefthook|git-hooks)/.*|(.*/)?(\.pre-commit-config|\.?lefthook)\.ya?ml"
        r"|(.*/)?hooks/(pre|post|commit|prepare|update|applypatch|fsmonitor)[\w-]*",
    ),
    (
        "it is a lock file",
        r"(.*/)?(package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|bun\.lockb?|go\.sum|gradle\.lockfile"
        r"|packages\.lock\.json|.*\.lock)",
    ),
    (
        "it sets up an editor or a shell",
        r"(.*/)?(\.vscode|\.idea|\.devcontainer|\.zed|\.counterpoint)/.*|(.*/)?\.(envrc|nvim\.lua|exrc|nvimrc|vimrc)"
        r"|(.*/)?\.(bash|zsh)(rc|env)|(.*/)?\.profile",
    ),
    ("it is a script", r".*\.(sh|bash|zsh|fish|bat|cmd|ps1|command)"),
)
_COMPILED = tuple((why, re.compile(pattern, re.IGNORECASE)) for why, pattern in _KINDS)


def why_sensitive(path: str, text: str) -> str:
    """Why a change of the file, `text` afterwards, is the user's to agree to; "" for an ordinary file.

    `path` is workspace-relative with `/`.
    """
    for why, pattern in _COMPILED:
        if pattern.fullmatch(path):
            return why
    return "it is a script" if text.startswith("#!") else ""
