"""Which variables of the user's a command gets that runs code of others: all but those that sign in."""

from __future__ import annotations

import pytest

from counterpoint.flows.scratch_environment import plain

SECRETS = {
    "AWS_SECRET_ACCESS_KEY": "s", "AWS_ACCESS_KEY_ID": "s", "STRIPE_SECRET_KEY": "s", "PGPASSWORD": "s",
    "MYSQL_PWD": "s", "GH_PAT": "s", "GITHUB_TOKEN": "s", "NPM_CONFIG__AUTHTOKEN": "s", "SENTRY_DSN": "s",
    "SIGNING_PRIVATE_KEY": "s", "SSH_AUTH_SOCK": "/tmp/agent", "DB_PASS": "s", "DB_PASSWD": "s",
    "DOCKER_AUTH_CONFIG": "s", "GOOGLE_APPLICATION_CREDENTIALS": "s", "AZURE_CREDS": "s", "apikey": "s",
    "DATABASE_URL": "postgres://ana:pw@host/db", "REDIS_URL": "redis://:pw@host:6379",
    "SSH_PASSPHRASE": "s", "ENCRYPTION_KEY_BASE64": "s", "AMQP": "amqp://ana:pw@host/",
    "JWT_SECRETS": "s", "COUNTERPOINT_X": "s",
}  # fmt: skip
HARMLESS = {
    "PATH": "/bin", "HOME": "/home/ana", "KEYBOARD": "us", "KEYBOARD_LAYOUT": "de", "KEYMAP": "us",
    "MONKEY": "1", "TURKEY_MODE": "1", "COMPASS_HOME": "/c", "BYPASS_CACHE": "1", "PASSES": "2",
    "AUTHOR": "Ana", "PATTERN": "x", "TOKENIZERS_PARALLELISM": "false", "SECRETARY": "Bo", "CREDITS": "9",
    "BASE_URL": "https://example.org/a:b@c", "SERVICE_URL": "http://host:80/", "PWD": "/w", "OLDPWD": "/v",
    "LANG": "C.UTF-8", "VIRTUAL_ENV": "/venv", "ACCREDITATION": "x",
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), SECRETS.items())
def test_what_holds_a_secret_is_kept_from_a_command(name: str, value: str) -> None:
    assert plain({name: value}) == {}


def test_what_is_harmless_stays_though_its_name_looks_like_a_secrets() -> None:
    assert plain(HARMLESS) == HARMLESS
