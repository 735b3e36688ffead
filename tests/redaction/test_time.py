"""Linear time: no text can make the guard hang, however it is made."""

import time

import pytest

from localguard.redaction.redactor import KINDS, Redactor
from localguard.redaction.registered import Secrets

UNITS = {
    "letters": "aB3dE",
    "digits": "4",
    "ats": "a@b.",
    "addresses": "a@b.cc ",
    "domains": "a@" + "b." * 50,
    "assignments": "pwd=",
    "quotes": 'pwd="',
    "tokens": "token: ",
    "headers": "authorization:",
    "bearers": "bearer ",
    "tokens of tokens": "eyJ-",
    "dots of tokens": "eyJaaaaaaaaa.",
    "keys": "sk-",
    "slack": "xoxb-",
    "urls": "://a:",
    "pluses": "+1234567",
    "phones": "+4930901820 ",
    "parentheses": "(650) 253-",
    "pem": "-----BEGIN PRIVATE KEY-----",
    "backslashes": "\\",
    "escapes": "%41",
    "unicode escapes": "\\u0068",
    "ibans": "DE00",
    "ibans in groups": "DE00 ",
    "cards": "4111 1111 1111 1111 ",
    "not ascii": "ü",
}
SIZE = 300_000


@pytest.mark.parametrize("unit", UNITS.values(), ids=UNITS)
def test_time_grows_with_the_text_and_not_faster(unit: str) -> None:
    """Attack: patterns that go back over what they have read. Four times the text, for less than
    ten times the time; far below what a square would take.
    """
    secrets = Secrets()
    secrets.register("PW", "hunter2-hunter2")
    redactor = Redactor(KINDS, secrets)
    redactor.text("+49 30 901820 password=hunter3")
    times = []
    for size in (SIZE // 4, SIZE):
        text = unit * (size // len(unit))
        start = time.process_time()
        redactor.text(text)
        times.append(time.process_time() - start)
    assert times[1] < 10 * times[0] + 0.5
    assert times[1] < 5
