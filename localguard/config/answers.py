"""`[[answer]]` in NAME.remembered.toml: what a person has answered, and for which calls.

Written by localguard, and read as strictly as what people write: an answer that cannot be read is a
fault, since nobody can tell what it would allow.
"""

from collections.abc import Iterator

from localguard.config import schema
from localguard.config.conditions import read_conditions
from localguard.config.tables import Table, Unfit
from localguard.config.values import read_moment
from localguard.policy.grants import Answer

_NEEDED = ("rule", "target", "identity", "until")


def read_answers(table: Table, profile: str) -> Iterator[Answer]:
    """The answers of a remembered file of a profile; faults are noted on the way."""
    for answer in table.tables("answer"):
        answer.only(schema.ANSWER)
        for key in _NEEDED:
            if key not in answer:
                answer.fault(f"an answer needs {key}", "delete the answer: you are asked again")
        rule, identity = answer.text("rule"), answer.text("identity")
        target = answer.parsed("target", _target)
        until = None if "until" not in answer else read_moment(answer.values["until"])
        if "until" in answer and until is None:
            fix = "write until = 2030-12-31T22:00:00, without quotes"
            answer.fault("until must be a date with a time", fix, "until")
        yield Answer(
            rule or "",
            profile,
            target or "",
            identity or "",
            pin=answer.text("pin"),
            client=answer.text("client"),
            when=read_conditions(answer, "when"),
            until=until,
        )


def _target(text: str) -> str:
    # No pattern: it is compared as it is, whatever a server calls its tools.
    server, slash, item = text.partition("/")
    if not (server and slash and item):
        raise Unfit(f'"{text}" is not the name of one call', 'write it as "server/tool"')
    return text
