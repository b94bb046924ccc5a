"""Files whose change runs somewhere by itself, or decides what does: never changed without a word. Pure."""

from __future__ import annotations

import json
import re

_KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "it is part of CI",
        (
            r"\.(github/(workflows|actions)|circleci|buildkite|ci|gitlab|gitea/workflows|forgejo/workflows"
            r"|woodpecker)/.*",
            r"(\.gitlab-ci|\.travis|\.appveyor|appveyor|azure-pipelines|bitbucket-pipelines|\.drone|\.woodpecker"
            r"|\.cirrus|cloudbuild|buildspec)\.ya?ml",
            r"jenkinsfile",
        ),
    ),
    (
        "it runs as a hook",
        (
            r"\.(husky|githooks|lefthook|git-hooks)/.*",
            r"(\.pre-commit-config|\.?lefthook)\.ya?ml",
            r"hooks/(pre|post|commit|prepare|update|applypatch|fsmonitor)[\w-]*",
        ),
    ),
    (
        "it is a lock file",
        (
            r"package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|bun\.lockb?|go\.sum|gradle\.lockfile",
            r"packages\.lock\.json|.*\.lock",
        ),
    ),
    (
        "it sets up an editor, a shell or an agent",
        (
            r"\.(vscode|idea|devcontainer|zed|counterpoint|claude|cursor|codex|gemini|windsurf)/.*",
            r".*\.code-workspace|\.mcp\.json|\.dir-locals\.el|\.lazy\.lua|\.(envrc|nvim\.lua|exrc|nvimrc|vimrc)",
            r"\.(bash|zsh)(rc|env|_profile|_login)|\.(z?profile|zlogin)",
        ),
    ),
    (
        "it decides what tools run or fetch",
        (
            r"\.npmrc|\.yarnrc(\.yml)?|\.pnpmfile\.cjs|\.cargo/config(\.toml)?|pip\.conf|\.pypirc|nuget\.config",
            r"\.gitmodules|\.gitattributes|\.gitconfig",
        ),
    ),
    (
        "it runs when the project is built or started",
        (
            r"setup\.py|build\.rs|binding\.gyp|(gnu)?makefile|.*\.mk|justfile|rakefile|gradlew|mvnw|dockerfile",
            r"(site|user)customize\.py|.*\.pth",
        ),
    ),
    ("it is a script", (r".*\.(sh|bash|zsh|fish|bat|cmd|ps1|command)",)),
)
_COMPILED = tuple(
    (why, re.compile(rf"(?:.*/)?(?:{'|'.join(patterns)})", re.IGNORECASE)) for why, patterns in _KINDS
)


def why_sensitive(path: str, before: str, after: str) -> str:
    """Why a change of the file is the user's to agree to; "" for an ordinary file.

    `path` is workspace-relative with `/`, `before` and `after` are its text, "" where there is no file.
    """
    for why, pattern in _COMPILED:
        if pattern.fullmatch(path):
            return why
    if path.rpartition("/")[2].lower() == "package.json" and _scripts(before) != _scripts(after):
        return "it changes what npm runs"
    return "it is a script" if before.startswith("#!") or after.startswith("#!") else ""


def _scripts(text: str) -> object:
    """What a package.json runs; the text itself where it cannot be read."""
    try:
        found = json.loads(text) if text.strip() else {}
    except ValueError:
        return text
    names = ("scripts", "bin", "gypfile")
    return {name: found[name] for name in names if found.get(name)} if isinstance(found, dict) else text
