"""Texts of our own making: honest ones that look like something, and what must be found.

Tokens are put together here, from a fixed seed, so that no file holds one whole.
"""

import base64
import json
import random
import string
import uuid
from collections.abc import Iterator

_CHANCE = random.Random(20261126)
WORD = string.ascii_letters + string.digits
URL_SAFE = WORD + "_-"
HEX = "0123456789abcdef"


def drawn(length: int, alphabet: str = WORD) -> str:
    """A text drawn by chance, from the fixed seed; it has a digit and both cases if it can."""
    while True:
        text = "".join(_CHANCE.choice(alphabet) for _ in range(length))
        if any(map(str.isdigit, text)) and any(map(str.isalpha, text)):
            return text


def _jwt() -> str:
    parts = [json.dumps({"alg": "HS256", "typ": "JWT"}), json.dumps({"sub": "ana", "iat": 1})]
    encoded = [base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts]
    return ".".join((*encoded, drawn(43, URL_SAFE)))


def _pem(kind: str) -> str:
    lines = "\n".join(drawn(64, WORD + "+/") for _ in range(12))
    return f"-----BEGIN {kind}-----\n{lines}\n-----END {kind}-----"


TOKENS: dict[str, list[str]] = {
    "GitHub": [p + "_" + drawn(36) for p in ("ghp", "gho", "ghu", "ghs", "ghr")]
    + ["github" + "_pat_" + drawn(22) + "_" + drawn(59)],
    "GitLab": ["gl" + "pat-" + drawn(20, URL_SAFE), "gl" + "dt-" + drawn(20, URL_SAFE)],
    "Slack": [
        "xox" + f"b-1234567890-1234567890123-{drawn(24)}",
        "xox" + f"p-123456789012-123456789012-123456789012-{drawn(32, HEX)}",
        "xapp" + f"-1-A012BC3DE4F-1234567890123-{drawn(64, HEX)}",
        "https://hooks.slack" + f".com/services/T0123ABCD/B0123ABCD/{drawn(24)}",
    ],
    "AWS": [
        "AKIA" + drawn(16, string.ascii_uppercase + "234567"),
        "ASIA" + drawn(16, "ABCDE234567"),
    ],
    "Google": ["AIza" + drawn(35, URL_SAFE), "ya29" + ".a0" + drawn(120, URL_SAFE)],
    "Azure": [
        "DefaultEndpointsProtocol=https;AccountName=x;Account" + f"Key={drawn(86, WORD + '+/')}==",
        f"https://x.blob.example/c?sv=2022&sig={drawn(40)}%2B{drawn(2)}%3D",
        drawn(3) + "8Q~" + drawn(34, WORD + "._-"),
    ],
    "Stripe": ["sk" + "_live_" + drawn(24), "rk" + "_test_" + drawn(99), "whsec" + "_" + drawn(32)],
    "OpenAI": ["sk" + "-" + drawn(48), "sk" + "-proj-" + drawn(120, URL_SAFE)],
    "Anthropic": ["sk" + "-ant-api03-" + drawn(93, URL_SAFE) + "AA"],
    "npm": ["npm" + "_" + drawn(36)],
    "PyPI": ["pypi" + "-AgEIcHlwaS5vcmc" + drawn(150, URL_SAFE)],
    "JWT": [_jwt(), _jwt()],
    "keys": [_pem(k) for k in ("PRIVATE KEY", "RSA PRIVATE KEY", "OPENSSH PRIVATE KEY")]
    + [_pem("EC PRIVATE KEY").replace("\n", "\\n")],
    "others": [
        "hf" + "_" + drawn(34),
        "SG" + f".{drawn(22, URL_SAFE)}.{drawn(43, URL_SAFE)}",
        "123456789" + ":AA" + drawn(33, URL_SAFE),
        "dop" + "_v1_" + drawn(64, HEX),
        "hvs" + "." + drawn(90, URL_SAFE),
        "dapi" + drawn(32, HEX),
        "shpat" + "_" + drawn(32, HEX),
    ],
}

NAMED: dict[str, str] = {
    "postgres://app:hunter2@db.example:5432/app": "hunter2",
    "mongodb+srv://root:s3cr%40t!@cluster0.example.net/?w=1": "s3cr%40t!",
    "redis://:p4ssw0rd@10.0.0.5:6379/0": "p4ssw0rd",
    "Authorization: Basic dXNlcjpodW50ZXIy": "dXNlcjpodW50ZXIy",
    'curl -H "Authorization: Bearer 0a1b2c3d4e5f6g7h8i9j"': "0a1b2c3d4e5f6g7h8i9j",
    "authorization: token abcdef0123456789abcd": "abcdef0123456789abcd",
    "password=hunter2-is-gone": "hunter2-is-gone",
    "DB_PASSWORD=correcthorse": "correcthorse",
    'password = "Tr0ub4dor&3"': "Tr0ub4dor&3",
    "password: Tr0ub4dor-3\n": "Tr0ub4dor-3",
    '{"user": "ana", "password": "open sesame 7"}': "open sesame 7",
    '{"api_key": "9f8e7d6c5b4a39281706f5e4"}': "9f8e7d6c5b4a39281706f5e4",
    r"{\"apiKey\": \"9f8e7d6c5b4a39281706f5e4\"}": "9f8e7d6c5b4a39281706f5e4",
    "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCY9dcbaABCDEF": (
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCY9dcbaABCDEF"
    ),
    "client_secret=a8F3kd92LmQ0": "a8F3kd92LmQ0",
    "access_token=2YotnFZFEjr1zCsicMWpAA8": "2YotnFZFEjr1zCsicMWpAA8",
    "export MYSQL_PWD=pa55word": "pa55word",
    "PGPASSWORD='s3same open'": "s3same open",
    'secret: "k3yb0ardcat99"': "k3yb0ardcat99",
}
"""Texts, and the secret in each."""

EMAILS = [
    "ana@example.com",
    "ana.de-la_cruz+tag@mail.example.co.uk",
    "müller@bücher.example",
    "user@163.com",
    "o'brien@example.ie",
    "x@y.io",
    "1234567@qq.com",
    "пользователь@пример.рф",
    "info@xn--bcher-kva.example",
    "ana@example.xn--p1ai",
]

IBANS = [
    "DE89370400440532013000",
    "DE89 3704 0044 0532 0130 00",
    "GB29 NWBK 6016 1331 9268 19",
    "FR14 2004 1010 0505 0001 3M02 606",
    "NL91ABNA0417164300",
    "CH93 0076 2011 6238 5295 7",
    "ES91 2100 0418 4502 0005 1332",
    "IT60X0542811101000000123456",
    "NO93 8601 1117 947",
    "BE68 5390 0754 7034",
    "AT61 1904 3002 3457 3201",
    "PL61 1090 1014 0000 0712 1981 2874",
    "SA03 8000 0000 6080 1016 7519",
    "MT84MALT011000012345MTLCAST001S",
    "TR33 0006 1005 1978 6457 8413 26",
    "AE07-0331-2345-6789-0123-456",
]

CARDS = [
    "4111111111111111",
    "4111 1111 1111 1111",
    "4111-1111-1111-1111",
    "5555555555554444",
    "5105 1051 0510 5100",
    "2223003122003222",
    "378282246310005",
    "3782 822463 10005",
    "6011111111111117",
    "3530111333300000",
    "30569309025904",
    "6200000000000005",
    "4222222222222",
]

PHONES = [
    "+49 30 901820",
    "+4930901820",
    "+1 201-555-0123",
    "+1 (650) 253-0000",
    "+44 20 7946 0958",
    "+44 (0)20 7946 0958",
    "+33 1 42 68 53 00",
    "+33.1.42.68.53.00",
    "+81 3-1234-5678",
    "+91 98765 43210",
    "+55 11 91234-5678",
    "+61 2 9374 4000",
    "+41 44 668 18 00",
    "+39 06 4522 7200",
    "(650) 253-0000",
    "(212) 736-5000",
    "%2B4930901820",
]

KINDS = {"email": EMAILS, "iban": IBANS, "card": CARDS, "phone": PHONES}

HONEST = [
    "The quick brown fox jumps over the lazy dog, at 10:30 on 2026-11-26.",
    "2026-11-26T10:42:26.123456+01:00 INFO request 7f3a finished in 1234567 us",
    "commit da7067d1f9efb7666b904a1b2c3d4e5f60718293 (HEAD -> main, tag: v1.2.3-rc.1)",
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
    "http://127.0.0.1:8080/a/b?x=1&y=2#z and [2001:db8::8a2e:370:7334]:443",
    "192.168.100.200, 10.0.0.0/8, fe80::1ff:fe23:4567:890a%eth0, 00:1b:44:11:3a:b7",
    "version 3.11.7, build 20260509073525, python-dateutil==2.9.0.post0, @types/node@24.1.0",
    "npm install react@18.3.1 left-pad@v1.3.0 typescript@5.7.0-dev.20260101",
    "git clone git@github.com:acme/app.git && cd app && make -j8",
    "logo@2x.png icon@3x.jpg sprite@1.5x.svg",
    "epoch 1764153746, millis 1764153746123, micros 1764153746123456, nanos 1764153746123456789",
    "pi is 3.1415926535897932, e is 2.7182818284590452, 0.4111111111111111 is a share",
    "snowflakes 175928847299117063 and 1455212319216173056; order 100000000000004711",
    "ISBN 978-3-16-148410-0, EAN 4006381333931, IMEI 35-209900-176148-1 of a phone",
    "row 12, col 34; total 1,234,567.89 EUR; 50 % of 1e+15; x^2 + 12345678 = y",
    "diff --git a/x b/x\n@@ -1,5 +1234567,7 @@ def f(x):\n-old\n+new\n+12345\n",
    "C++17, g++ 12.2.0, a+b, +1, -1, +100 XP, +0200, UTC+10:30",
    "def login(user, password): return check(user, password=password, token=None)",
    "password: str = Field(min_length=8)  # the password is required",
    "password = getpass.getpass() or os.environ['PASSWORD'] or config.db.password",
    "Enter your password: please use at least twelve characters.",
    '{"password": {"type": "string", "description": "Your password"}, "token": "string"}',
    '{"password": "Password", "forgot": "Forgot your password?", "hint": "Enter a password"}',
    "username, password = proxy_auth; authorization = base64.decodebytes(header)",
    'password = ":****"; secret_password = user_pass',
    "psql postgres://user:${DB_PASSWORD}@localhost/db or postgres://user:<password>@host/db",
    "Authorization: Bearer <token>; Authorization: Basic ***; authorization: required",
    'curl -H "Authorization: Bearer $TOKEN" https://api.example.com',
    '{"nextPageToken": "CAUQAAoFdGVzdDEyMzQ1Njc4OTA", "next_token": "a1b2c3d4e5f6a7b8c9d0"}',
    "max_tokens=4096 tokens: 1234 token_type=bearer tokenizer: cl100k_base",
    "the key: value pair; key=enter; keyboard: qwerty; primary_key: user_id_1234567890abc",
    "public_key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample ana@laptop",
    "sk-fading-circle-container-2 sk-learn sk-SK task-sk-1 disk-usage-of-the-machine",
    "pip install pypi-simple npm_config_cache=/tmp npm_lifecycle_event=test hf_hub_download",
    "PWD: '/Users/ana', OLDPWD=/usr/local/share, Decimal('+35236450.6')",
    "/usr/lib/python3.11/site-packages/example_package-1.2.3.dist-info/METADATA",
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGA",
    "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUQ\n-----END CERTIFICATE-----",
    "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZI\n-----END PUBLIC KEY-----",
    "eyJub3QiOiJhIGp3dCJ9 is base64 of JSON, and a cursor, but no token",
    "meet @ana and @bob at the office; 5 EUR @ 2; matrix A@B.T; foo@bar; @app.route('/x')",
    "INV-2026-000123, PO 4500012345, case 00012345, tracking 1Z999AA10123456784",
    "postal 10115 Berlin, 1600 Pennsylvania Ave NW, Washington, DC 20500",
    "DE 2026 1234 5678 9012 are words; FR76 is a road; GB29 too; NL91 ABNA; AT61 1904",
    "sizes: 4096 8192 16384 32768 65536; 4000 4001 4002 4003 4004",
    "+999 9 9 9 9 9 9 9 9 and +999 99 99 99 99; photo@home.png, notes@work.md",
    "lat 52.520008, lon 13.404954; bbox=13.08834457,52.33825630,13.76116112,52.67551154",
    "(555) is an area; f(123) 456-7890x; call(2) 345-6789; (404) not found",
    "SELECT id, email, phone FROM users WHERE token IS NOT NULL AND password_hash <> '';",
    "The secret of good coffee: fresh beans. Secret Santa: 24 December. secretName: tls-secret-2",
    "Bearer of bad news: the bearer token is missing. bearer authentication",
    "otpauth and totp are ways to sign in; credentials: same-origin; credentials=include",
    "uid=1000(ana) gid=1000(ana) groups=1000(ana),27(sudo); drwxr-xr-x 2 ana ana 4096",
]


def honest() -> Iterator[str]:
    """Every honest text, and a thousand ids, hashes, times and numbers drawn by chance."""
    yield from HONEST
    chance = random.Random(7)
    for _ in range(1000):
        number = uuid.UUID(int=chance.getrandbits(128), version=4)
        yield f"id {number} and {number.hex}"
        yield f"sha1 {chance.getrandbits(160):040x} md5 {chance.getrandbits(128):032x}"
        yield f"at {chance.randint(10**12, 2 * 10**12)} for {chance.random()} s"
        address = ".".join(str(chance.randint(0, 255)) for _ in range(4))
        yield f"{address}:{chance.randint(1, 65535)} n={chance.randint(0, 10**9)}"
        yield f"v{chance.randint(0, 99)}.{chance.randint(0, 99)}.{chance.randint(0, 9999)}"
