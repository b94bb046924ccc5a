"""Secrets: found in every known form, masked so that nothing of them is left, and put back exactly.

The samples are put together at run time, so that no scanner takes this file for a leak.
"""

from __future__ import annotations

import base64
import contextlib
import json
import random
import string
import time
from collections.abc import Callable
from pathlib import Path

import click
import hypothesis
import pytest
import rich
from hypothesis import given, settings
from hypothesis import strategies as st

import counterpoint
from counterpoint import redact
from counterpoint.redact import Guard, Masked, Secret, Source, Unmaskable, unmask
from tests.bench.secrets import timed


def find_secrets(text: str, language: str = "python") -> tuple[Secret, ...]:
    return Guard().find(Source(text, language))


def mask(*texts: str, sources: tuple[Source, ...] = ()) -> Masked:
    return redact.mask(texts, Guard(), sources)


BASE62 = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


def chars(count: int, alphabet: str = BASE62, seed: int = 7) -> str:
    """Random text that has letters and digits in it."""
    return "".join(random.Random(seed).choices(alphabet, k=count))


KEYS: dict[str, Callable[[], str]] = {
    "AWS_KEY": lambda: "AKIA" + chars(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
    "GITHUB_TOKEN": lambda: "ghp_" + chars(36),
    "GITHUB_TOKEN fine": lambda: "github_pat_" + chars(22) + "_" + chars(59),
    "GITLAB_TOKEN": lambda: "glpat-" + chars(20),
    "ANTHROPIC_KEY": lambda: "sk-ant-" + "api03-" + chars(93) + "AA",
    "OPENAI_KEY": lambda: "sk-" + chars(48),
    "OPENAI_KEY project": lambda: "sk-proj-" + chars(60) + "_" + chars(60),
    "SLACK_TOKEN": lambda: "xoxb-" + chars(12, string.digits) + "-" + chars(24),
    "STRIPE_KEY": lambda: "sk_" + "live_" + chars(24),
    "STRIPE_KEY hook": lambda: "whsec_" + chars(32),
    "GOOGLE_KEY": lambda: "AIza" + chars(35),
    "GOOGLE_KEY secret": lambda: "GOCSPX-" + chars(28),
    "NPM_TOKEN": lambda: "npm_" + chars(36),
    "PYPI_TOKEN": lambda: "pypi-AgE" + chars(80),
    "HUGGINGFACE_TOKEN": lambda: "hf_" + chars(34),
    "SENDGRID_KEY": lambda: "SG." + chars(22) + "." + chars(43),
    "DIGITALOCEAN_TOKEN": lambda: "dop_v1_" + chars(64, HEX),
    "VAULT_TOKEN": lambda: "hvs." + chars(90),
    "SHOPIFY_TOKEN": lambda: "shpat_" + chars(32, HEX),
    "JWT": lambda: "eyJ" + chars(33) + ".eyJ" + chars(60) + "." + chars(43),
}


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize(
    "around", ['x = "{}"\n', "{}", "curl -H 'X: {}' a", "# old: {}.\n", "a={}&b=1", "[{},2]"]
)
def test_a_vendors_key_is_found_wherever_it_stands(name: str, around: str) -> None:
    key = KEYS[name]()
    text = around.format(key)
    (secret,) = find_secrets(text)
    assert text[secret.span.start : secret.span.end].rstrip(".") == key
    assert secret.kind == name.split()[0]


def test_the_secret_parts_of_addresses_are_found() -> None:
    hook = "/".join(("T" + chars(9).upper(), "B" + chars(9).upper(), chars(24)))
    account = base64.b64encode(random.Random(1).randbytes(64)).decode()
    for text, part, kind in (
        (f"https://hooks.slack.com/services/{hook}", hook, "SLACK_WEBHOOK"),
        (f"AccountName=a;AccountKey={account};Endpoint=b", account, "AZURE_KEY"),
        ("postgresql+psycopg://app:h7k2m9q@db.internal:5432/x", "h7k2m9q", "PASSWORD"),
        ("redis://:p4s5-w0rd@cache", "p4s5-w0rd", "PASSWORD"),
        ("mongodb+srv://ann:S3cr3t!@cluster0.mongodb.net", "S3cr3t!", "PASSWORD"),
        (f"Authorization: Bearer {chars(40)}\n", chars(40), "TOKEN"),
    ):
        (secret,) = find_secrets(text)
        assert (text[secret.span.start : secret.span.end], secret.kind) == (part, kind)


ASSIGNED = [
    'password = "hunter2"',
    "'password': 'k3ks!dose'",
    "DB_PASSWORD: str = 'k3ksdose'",
    'const apiKey = "{random}";',
    'private static final String CLIENT_SECRET = "{random}";',
    'aws_secret_access_key = "{random}"',
    'config["auth_token"] = "{random}"',
    '{{"client_secret": "{random}"}}',
    "token := `{random}`",
    ":secret_key => '{random}'",
    "connect(user, password='tr0ub4dor&3')",
    "export API_TOKEN={random}",
    "      SECRET_KEY: {random}",
    "- JWT_SECRET={random}",
    "spring.datasource.password={random}",
]


@pytest.mark.parametrize("line", ASSIGNED)
def test_a_value_given_to_a_telling_name_is_found(line: str) -> None:
    text = f"first line\n{line.format(random=chars(32))}\nlast line\n"
    (secret,) = find_secrets(text)
    value = text[secret.span.start : secret.span.end]
    assert value in (chars(32), "hunter2", "k3ks!dose", "k3ksdose", "tr0ub4dor&3")


ORDINARY = [
    'password = "password"', 'password = "password1"', 'password = "changeme123"', 'token = "access_token"',
    'secret_name = "my-app/database-2"', 'token = "<your token here 1>"', 'API_KEY = os.environ["API_KEY_2"]',
    'password = getpass("Password 2: ")', 'PASSWORD_URL = "https://x.example/reset/123456789abcdef"',
    "token = next_token_2", "tokens = tokenizer_v2.encode_text1",
    'token_type = "urn:ietf:params:oauth:token2"',
    'api_key = "${API_KEY_V2}"', 'password_field = "new-password-2"', 'SECRET_KEY = "EXAMPLE-f9bdc8a7e6d5"',
    "https://user:password@host/x", "https://abc:xyz1@example.com",
    "http://postgres:postgres@db", "http://{user}:{password}@{host}", "https://host:8080/@scope",
    "sha512-" + chars(86),    "uuid 550e8400-e29b-41d4-a716", "basic understanding of it",
    'FLOW_PASSWORD_V2 = "FlowPasswordRequiredResultV2"', 'digest = "' + chars(64, HEX) + '"',
    "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIB\n-----END PUBLIC KEY-----",
    'if "-----BEGIN RSA PRIVATE KEY-----" in text_of_the_certificate_2:', 'token: Token2 = Token2("a", 1)',
    "x = sk-learn_and_other_dashed-names", "secret=self.secret_manager.fetch2(name)",
]  # fmt: skip


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_code_is_left_alone(text: str) -> None:
    assert find_secrets(f"{text}\n") == ()


def pem(kind: str = "RSA ", lines: int = 5, headers: str = "") -> str:
    body = base64.b64encode(random.Random(3).randbytes(48 * lines - 9)).decode()
    rows = "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
    return f"-----BEGIN {kind}PRIVATE KEY-----\n{headers}{rows}\n-----END {kind}PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    "text",
    [
        pem(),
        pem("", 1),
        pem("OPENSSH ", 30),
        pem("EC ", 2, "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0123456789ABCDEF\n\n"),
        pem().replace("\n", "\r\n"),
        "KEY = '''\n" + pem() + "'''\n",
        'key = "' + pem().replace("\n", "\\n") + '"\n',
        "key = (\n" + "".join(f'    "{line}\\n"\n' for line in pem().splitlines()) + ")\n",
        pem().partition("-----END")[0],
    ],
)
def test_nothing_of_a_private_key_is_left_and_every_line_keeps_its_place(text: str) -> None:
    masked = mask(text)
    body = [row for row in pem("", 30).splitlines() if not row.startswith("-")]
    assert masked.table and not any(row[:16] in masked.text for row in body)
    assert not any(value in masked.text for value in masked.table.values())
    assert masked.text.count("\n") == text.count("\n")
    assert unmask(masked.text, masked.table) == text
    assert find_secrets(masked.text) == ()


def test_equal_values_get_one_placeholder_and_others_another() -> None:
    one, two = KEYS["OPENAI_KEY"](), "ghp_" + chars(36, seed=9)
    masked = mask(f'a = "{one}"\nb = "{two}"\nc = "{one}"\n')
    first, second, third = (line.split('"')[1] for line in masked.text.splitlines())
    assert first == third != second
    assert masked.table == {first: one, second: two}
    assert mask(f"other text {one}").text == f"other text {first}"


def test_a_value_known_to_be_secret_is_masked_wherever_else_it_stands() -> None:
    masked = mask('PASSWORD = "hunter2"\nlogin("ann", "hunter2")\nhunter2x = 1\n')
    assert masked.text.count("hunter2") == 1
    assert "hunter2x" in masked.text


def test_what_one_text_shows_to_be_secret_is_masked_in_all_that_are_sent_with_it() -> None:
    texts = ('login("hunter2")', "x = 1", 'password = "hunter2"', f'key = "{KEYS["OPENAI_KEY"]()}"')
    masked = mask(*texts)
    assert not any("hunter2" in text for text in masked.texts)
    assert len(masked.table) == 2
    assert tuple(unmask(text, masked.table) for text in masked.texts) == texts
    assert mask() == Masked((), {})
    placeholder = next(name for name, value in masked.table.items() if value == "hunter2")
    assert unmask(f"Replace {placeholder} by a call.", masked.table) == "Replace hunter2 by a call."


def test_two_values_never_share_a_placeholder() -> None:
    texts = [f'token = "{chars(24, seed=seed)}"' for seed in range(300)]
    masked = mask(*texts)  # of 300 values some have the same twelve bits
    assert any(name.endswith("_2") for name in masked.table)
    assert [unmask(text, masked.table) for text in masked.texts] == texts


def test_a_placeholder_that_already_stands_in_the_text_is_not_used() -> None:
    taken = next(iter(mask('password = "hunter2"').table))
    text = f'{taken} = 1\npassword = "hunter2"\n'
    masked = mask(text)
    assert unmask(masked.text, masked.table) == text
    assert taken not in masked.table


def test_text_without_secrets_comes_back_unchanged() -> None:
    masked = mask("x = 1\n")
    assert (masked.texts, masked.table) == (("x = 1\n",), {})
    assert unmask("SECRET_TOKEN_ABC", {}) == "SECRET_TOKEN_ABC"


def test_a_repr_does_not_show_the_table() -> None:
    assert "hunter2" not in repr(mask('password = "hunter2"'))


pieces = st.sampled_from(
    [
        *(make() for make in KEYS.values()),
        pem(),
        'password = "hunter2"',
        "hunter2",
        "İ",
        "x = 1",
        '"',
        "\n",
        " ",
        "_",
    ]
) | st.text(max_size=12)


@settings(max_examples=150, deadline=None)
@given(st.lists(pieces, max_size=8), st.sampled_from([" ", "\n", '", "', ";\t"]))
def test_masking_takes_every_secret_out_and_unmasking_puts_all_back(parts: list[str], between: str) -> None:
    text = between.join(parts)
    found = [text[one.span.start : one.span.end] for one in find_secrets(text)]
    masked = mask(text)
    assert all(any(value in whole for whole in masked.table.values()) for value in found)
    assert unmask(masked.text, masked.table) == text
    assert find_secrets(masked.text) == ()
    assert masked.text.count("\n") == text.count("\n")


@pytest.mark.parametrize("package", [counterpoint, click, rich, hypothesis, json])
def test_real_packages_hold_next_to_no_secrets(package: object) -> None:
    """Hits by path and value; at most one in 20,000 lines of code that is known to hold none."""
    folder = Path(str(package.__file__)).parent  # type: ignore[attr-defined]
    sources = [file for file in sorted(folder.rglob("*.py")) if "sample" not in file.parts]
    texts = {str(file.relative_to(folder)): file.read_text("utf-8") for file in sources}
    guard = Guard()
    hits = [
        (path, text[one.span.start : one.span.end])
        for path, text in texts.items()
        for one in guard.find(Source(text, "python"))
    ]
    assert hits == []


def basic(text: str) -> str:
    return f'headers = {{"Authorization": "Basic {base64.b64encode(text.encode()).decode()}"}}\n'


def test_logins_in_headers_and_addresses_are_told_from_examples_of_them() -> None:
    for text in (basic("svc-account:k3ks!dose-77"), basic("ann:Horse9Battery"), "https://ann:k3ksdose@h.io/x",
                 "Basic " + chars(40)):  # fmt: skip
        assert len(find_secrets(text)) == 1, text
    for text in (basic("user:password"), basic("username:password123"), basic("me:example-password"),
                 "https://a:1,b:2@h.io", "ftp://me:ann%40h.io@h.io/x", "https://u:443@h.io", "s3://a:my_secret@b",
                 "https://u:testpassword@h.io", "Basic understandingOfTheMatterAtHand"):  # fmt: skip
        assert find_secrets(text) == (), text


@pytest.mark.alone
def test_a_line_is_looked_at_once() -> None:
    assert timed(20).ratio > 4


def test_what_is_remembered_is_bounded_and_never_wrong() -> None:
    guard, fresh = Guard(capacity=4_000), Guard()
    rng = random.Random(5)
    lines = [*pem().splitlines(), 'password = "hunter2"', "x = 1", "KEY = (", '    "' + chars(40) + '"', ""]
    for _ in range(300):
        text = "\n".join(rng.choices(lines, k=12))
        language = rng.choice(("python", "yaml"))
        part = rng.random() < 0.5
        assert guard.find(Source(text, language, part)) == fresh.find(Source(text, language, part))
    held = [memory for half in (guard._code, guard._data) for memory in (half._young, half._old)]
    assert sum(len(line) for memory in held for line in memory) <= 4_000


def test_a_key_whose_head_lies_outside_of_what_is_shown_is_found_at_the_edge() -> None:
    rows = pem().splitlines()[2:]
    text = "\n".join((*rows, "x = 1\n"))
    assert len(Guard().find(Source(text, part=True))) == len(rows) - 1
    assert Guard().find(Source(f"x = 1\n{text}", part=True)) == ()


def test_what_a_cut_leaves_of_a_secret_is_masked() -> None:
    token = chars(40)
    source = Source(f'token = "{token}"\n', "python")
    for shown in (f'{token[20:]}"\n', f'token = "{token[:15]}'):
        masked = mask(shown, sources=(source,))
        assert not any(token[at : at + 8] in masked.text for at in range(len(token) - 8))
        assert unmask(masked.text, masked.table) == shown


def test_a_key_in_an_unknown_dress_is_refused() -> None:
    body = "".join(f"~{row}~\n" for row in pem().splitlines()[1:-1])
    for text in (f"-----BEGIN PRIVATE KEY-----\n{body}", f"-----BEGIN PRIVATE KEY-----{body}-----END"):
        with pytest.raises(Unmaskable):
            mask(text)
        with pytest.raises(Unmaskable):
            mask("x = 1", sources=(Source(text),))


def test_the_example_key_of_the_vendors_own_pages_is_masked_like_any() -> None:
    for text in (
        "key = AKIAIOSFODNN7" + "EXAMPLE",
        'secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"',
    ):
        assert len(find_secrets(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        'PASSWORD = (\n    "k3ks!dose"\n)\n', "password: |\n  k3ks!dose\n", "--password k3ks!dose --host x\n",
        "Server=db;Uid=app;Pwd=k3ks!dose;Port=1\n", "<password>k3ks!dose</password>\n",
        '<add key="Password" value="k3ks!dose"/>\n', 'client.setPassword("k3ks!dose");\n',
        'env.put("password", "k3ks!dose");\n', 'var password string = "k3ks!dose"\n',
        "CREATE USER a WITH PASSWORD 'k3ks!dose';\n", 'char password[16] = "k3ks!dose";\n',
        'if password == "k3ks!dose":\n', "# password: k3ks!dose\n", "- **Password**: `k3ks!dose`\n",
        'const PASSWORD: &\'static str = "k3ks!dose";\n', "ALTER USER a IDENTIFIED BY 'k3ks!dose';\n",
        "- name: DB_PASSWORD\n  value: k3ks!dose\n", '{"name": "DB_PASSWORD", "value": "k3ks!dose"}\n',
        'variable "db_password" {\n  default = "k3ks!dose"\n}\n', 'std::string password{"k3ks!dose"};\n',
        "curl -u admin:k3ks!dose https://x.io\n", "mysql -u root -pk3ks!dose db\n",
        'dsn := "app:k3ks!dose@tcp(127.0.0.1:3306)/x"\n', "process.env.DB_PASSWORD ?? 'k3ks!dose'\n",
        "ENV DB_PASSWORD k3ks!dose\n", "| password | k3ks!dose |\n", "The password is `k3ks!dose`.\n",
        "parser.add_argument('--password', default='k3ks!dose')\n", "os.getenv('DB_PASSWORD', 'k3ks!dose')\n",
    ],
)  # fmt: skip
def test_a_password_is_found_in_the_forms_of_many_languages(text: str) -> None:
    (secret,) = find_secrets(text, "yaml")
    assert text[secret.span.start : secret.span.end] == "k3ks!dose"


@pytest.mark.alone
@pytest.mark.parametrize(
    "seed",
    [
        "-eyJ",
        "password=",
        "token",
        "SECRET_",
        "-----BEGIN PRIVATE KEY-----",
        "://a:",
        "aB1/",
        "curl -u a:",
        "AKIA",
    ],
)
def test_the_time_for_a_hostile_line_grows_with_its_length_alone(seed: str) -> None:
    def seconds(length: int) -> float:
        text = (seed * (length // len(seed) + 1))[:length]
        began = time.process_time()
        Guard().find(Source(text))
        with contextlib.suppress(Unmaskable):
            mask(text)
        return time.process_time() - began

    assert seconds(80_000) < 30 * max(seconds(10_000), 0.005)
