"""Files of many kinds with secrets planted in them, put together at run time so that no scanner minds."""

from __future__ import annotations

import base64
import json
import random
import string
from dataclasses import dataclass

BASE62 = string.ascii_letters + string.digits


def drawn(count: int, seed: int, alphabet: str = BASE62) -> str:
    """Random text, the same each time."""
    return "".join(random.Random(seed).choices(alphabet, k=count))


def _part(value: object) -> str:
    raw = json.dumps(value).encode() if isinstance(value, dict) else bytes(str(value), "ascii")
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@dataclass(frozen=True)
class Planted:
    """Secrets of one file. `rows` are the lines of the private key's body."""

    aws: str
    aws_secret: str
    jwt: str
    password: str
    rows: tuple[str, ...]

    @classmethod
    def of(cls, seed: int) -> Planted:
        body = base64.b64encode(random.Random(seed).randbytes(48 * 6 + 10)).decode()
        head = {"alg": "HS256", "typ": "JWT"}
        claims = {"sub": str(10**9 + seed), "name": "Ann Lee", "iat": 1516239022}
        return cls(
            "AKIA" + drawn(16, seed, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
            drawn(40, seed + 1),
            f"{_part(head)}.{_part(claims)}.{drawn(43, seed + 2)}",
            ("Tr0ub4dor&3", "k3ks!dose-77", "S3cr3t-Horse9", "hunter2", "Xk9#mP2$vL5n")[seed % 5],
            tuple(body[at : at + 64] for at in range(0, len(body), 64)),
        )

    @property
    def pem(self) -> str:
        kind = "RSA PRIVATE KEY"
        return "\n".join((f"-----BEGIN {kind}-----", *self.rows, f"-----END {kind}-----"))

    @property
    def pieces(self) -> tuple[str, ...]:
        """What must not leave: every secret whole, and every long one in pieces too."""
        long = (self.aws, self.aws_secret, *self.jwt.split("."), *(row for row in self.rows if len(row) > 15))
        parts = (text[at : at + 12] for text in long[:1] + long[1:] for at in range(0, len(text) - 11, 6))
        header = self.jwt.split(".")[0]
        return (self.password, *(part for part in parts if part not in header))

    def fill(self, template: str) -> str:
        """`@AWS@`, `@AWSSECRET@`, `@JWT@`, `@PASSWORD@` and `@PEM@`; `@PEM:x@` begins each line with x."""
        indent = template.partition("@PEM:")[2].partition("@")[0]
        rows = self.pem.replace("\n", f"\n{indent}")
        return (
            template.replace(f"@PEM:{indent}@", f"{indent}{rows}")
            .replace("@PEM@", self.pem)
            .replace("@PEMLINE@", self.pem.replace("\n", "\\n"))
            .replace("@AWS@", self.aws)
            .replace("@AWSSECRET@", self.aws_secret)
            .replace("@JWT@", self.jwt)
            .replace("@PASSWORD@", self.password)
        )


TEMPLATES: dict[str, str] = {
    "store.py": '''import boto3

KEY_ID = "@AWS@"
AWS_SECRET_ACCESS_KEY = "@AWSSECRET@"
SESSION = {"Authorization": "Bearer @JWT@"}
DB_PASSWORD = "@PASSWORD@"
PEM = """@PEM@"""


def connect(host):
    return boto3.client("s3", KEY_ID, host)
''',
    "store.js": """const aws = new AWS({ accessKeyId: '@AWS@', secretAccessKey: '@AWSSECRET@' });
const token = '@JWT@';
const config = { user: 'app', password: '@PASSWORD@' };
const key = `@PEM@`;

export function connect(host) {
  return aws.connect(host);
}
""",
    "store.ts": """export const accessKey: string = "@AWS@";
export const secretAccessKey: string = "@AWSSECRET@";
const headers = new Headers({ Authorization: `Bearer @JWT@` });
const options: Options = { password: "@PASSWORD@" };
const key = "@PEMLINE@";

export function connect(host: string): void {}
""",
    "store.go": """package store

const accessKey = "@AWS@"

var secretAccessKey = "@AWSSECRET@"
var token = "@JWT@"
var options = Options{User: "app", Password: "@PASSWORD@"}
var key = []byte(`@PEM@`)

func Connect(host string) error { return nil }
""",
    "Store.java": """class Store {
    private static final String ACCESS_KEY = "@AWS@";
    private static final String SECRET_KEY = "@AWSSECRET@";
    private static final String TOKEN = "@JWT@";
    private final String key = "@PEMLINE@";

    void connect(Source source) {
        source.setPassword("@PASSWORD@");
    }
}
""",
    "store.yaml": """aws:
  access_key_id: @AWS@
  secret_access_key: @AWSSECRET@
token: @JWT@
database:
  user: app
  password: @PASSWORD@
tls:
  key: |
@PEM:    @
  port: 443
""",
    "store.json": """{
  "accessKeyId": "@AWS@",
  "secretAccessKey": "@AWSSECRET@",
  "token": "@JWT@",
  "database": {"user": "app", "password": "@PASSWORD@"},
  "key": "@PEMLINE@"
}
""",
    "store.toml": '''[aws]
access_key = "@AWS@"
secret_access_key = "@AWSSECRET@"

[server]
jwt = "@JWT@"
password = "@PASSWORD@"
key = """
@PEM@
"""
''',
    "store.properties": """aws.accessKey=@AWS@
aws.secretKey=@AWSSECRET@
auth.token=@JWT@
spring.datasource.password=@PASSWORD@
ssl.key=@PEMLINE@
server.port=8080
""",
    "store.ini": """[aws]
aws_access_key_id = @AWS@
aws_secret_access_key = @AWSSECRET@
[auth]
token = @JWT@
password = @PASSWORD@
key =
@PEM:    @
""",
    "store.sh": """#!/bin/sh
export AWS_ACCESS_KEY_ID=@AWS@
export AWS_SECRET_ACCESS_KEY=@AWSSECRET@
curl -H "Authorization: Bearer @JWT@" https://api.example.org
PGPASSWORD='@PASSWORD@' psql -h db
cat > key.txt <<END
@PEM@
END
""",
    "store.tf": """provider "aws" {
  access_key = "@AWS@"
  secret_key = "@AWSSECRET@"
}

resource "db" "main" {
  password = "@PASSWORD@"
  token    = "@JWT@"
  key      = <<EOT
@PEM@
EOT
}
""",
    "store.xml": """<config>
  <accessKey>@AWS@</accessKey>
  <secretKey>@AWSSECRET@</secretKey>
  <property name="token" value="@JWT@"/>
  <password>@PASSWORD@</password>
  <key>
@PEM@
  </key>
</config>
""",
    "store.md": """# Set up

Use the key `@AWS@`, and send `Authorization: Bearer @JWT@`.

    secret_access_key: @AWSSECRET@

- password: `@PASSWORD@`

```
@PEM@
```
""",
    "store.rs": """pub const ACCESS_KEY: &str = "@AWS@";
pub const SECRET_KEY: &str = "@AWSSECRET@";
static TOKEN: &'static str = "@JWT@";
const PASSWORD: &str = "@PASSWORD@";
// The key that was used until May:
@PEM:// @

pub fn connect(host: &str) {}
""",
    "store.sql": """CREATE USER app WITH PASSWORD '@PASSWORD@';
INSERT INTO settings VALUES ('aws', '@AWS@'), ('secret_key', '@AWSSECRET@');
INSERT INTO sessions VALUES (1, '@JWT@');
INSERT INTO keys VALUES ('@PEM@');
SELECT 1;
""",
}
"""Templates by file name."""


def planted_files() -> dict[str, tuple[str, Planted]]:
    """Text and secrets of each file, by name."""
    found = {}
    for number, (name, template) in enumerate(TEMPLATES.items()):
        secrets = Planted.of(100 + number)
        found[name] = (secrets.fill(template), secrets)
    return found
