"""The vendors' own forms of keys and tokens: one anchored pattern each. A table and nothing more."""

from __future__ import annotations

import re

FORMATS: tuple[tuple[str, tuple[str, ...], re.Pattern[str]], ...] = tuple(
    (kind, marks, re.compile(pattern))
    for kind, marks, pattern in (
        (
            "AWS_KEY",
            ("AKIA", "ASIA", "ABIA", "ACCA"),
            r"(?<![A-Za-z0-9])A[KSBC][IC]A[A-Z2-7]{16}(?![A-Za-z0-9])",
        ),
        ("GITHUB_TOKEN", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), r"\bgh[pousr]_[A-Za-z0-9]{36,251}\b"),
        ("GITHUB_TOKEN", ("github_pat_",), r"\bgithub_pat_[A-Za-z0-9_]{40,255}\b"),
        ("GITLAB_TOKEN", ("glpat-", "gldt-", "glrt-"), r"\bgl(?:pat|dt|rt)-[A-Za-z0-9_-]{20,}"),
        ("ANTHROPIC_KEY", ("sk-ant-",), r"\bsk-ant-[a-z]{3,8}[0-9]{2}-[A-Za-z0-9_-]{20,}"),
        (
            "OPENAI_KEY",
            ("sk-",),
            r"\bsk-(?:(?:proj|svcacct|admin)-[A-Za-z0-9_-]{24,}|[A-Za-z0-9]{32,64}\b)",
        ),
        ("SLACK_TOKEN", ("xox", "xapp-"), r"\b(?:xox[abeoprs]|xapp-[0-9])-[A-Za-z0-9-]{16,}"),
        (
            "SLACK_WEBHOOK",
            ("hooks.slack.com",),
            r"(?<=hooks\.slack\.com/services/)T[A-Za-z0-9]{6,}/B[A-Za-z0-9]{6,}/[A-Za-z0-9]{16,}",
        ),
        ("STRIPE_KEY", ("k_live_", "k_test_"), r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}"),
        ("STRIPE_KEY", ("whsec_",), r"\bwhsec_[A-Za-z0-9+/]{24,}={0,2}"),
        ("GOOGLE_KEY", ("AIza",), r"\bAIza[A-Za-z0-9_-]{35}(?![\w-])"),
        ("GOOGLE_KEY", ("GOCSPX-", "ya29."), r"\b(?:GOCSPX-[A-Za-z0-9_-]{20,}|ya29\.[A-Za-z0-9_-]{30,})"),
        ("NPM_TOKEN", ("npm_",), r"\bnpm_[A-Za-z0-9]{36}\b"),
        ("PYPI_TOKEN", ("pypi-AgE",), r"\bpypi-AgE[A-Za-z0-9_-]{50,}"),
        ("HUGGINGFACE_TOKEN", ("hf_",), r"\bhf_[A-Za-z0-9]{34,}\b"),
        ("SENDGRID_KEY", ("SG.",), r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}(?![\w-])"),
        ("DIGITALOCEAN_TOKEN", ("_v1_",), r"\bdo[opr]_v1_[a-f0-9]{64}\b"),
        ("VAULT_TOKEN", ("hvs.",), r"\bhvs\.[A-Za-z0-9_-]{24,}"),
        ("SHOPIFY_TOKEN", ("shp",), r"\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}\b"),
        ("AZURE_KEY", ("AccountKey=",), r"(?<=AccountKey=)[A-Za-z0-9+/]{86}=="),
        ("TELEGRAM_TOKEN", (":AA",), r"(?<![\w:])[0-9]{8,10}:AA[A-Za-z0-9_-]{33}(?![\w-])"),
        ("TWILIO_KEY", ("SK",), r"(?<![A-Za-z0-9])SK[0-9a-f]{32}(?![A-Za-z0-9])"),
        ("AGE_KEY", ("AGE-SECRET-KEY-1",), r"\bAGE-SECRET-KEY-1[0-9A-Z]{58}\b"),
        ("JWT", ("eyJ",), r"(?<![\w-])eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}"),
    )
)
"""Kind, texts of which one must occur (which is a hundred times faster to ask), and the format."""
