"""Which server a person has accepted, before anything of theirs is given to it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from localguard.policy.accepted import accepted_table, is_accepted_program
from localguard.policy.decide import Standing
from localguard.policy.people import SignIn
from localguard.policy.profile import Profile, ServerTable
from localguard.policy.rules import Origin
from localguard.policy.server_auth import TokenExchange

HERE = Origin("work.toml", 4)
PAY = ServerTable("pay", HERE, command=("pay-mcp", "--all"))
WORK = Profile(
    "work", (), servers={"pay": PAY}, sign_in=SignIn("https://login.example", "lg", HERE)
)


def profile(**changes: Any) -> Profile:
    return replace(WORK, **changes)


def test_a_profile_that_nobody_edited_is_what_was_accepted() -> None:
    """Issue 5: most profiles are as the person left them."""
    assert accepted_table(Standing(WORK, confirmed=True), "pay") is PAY
    assert accepted_table(Standing(WORK, confirmed=True), "other") is None
    assert is_accepted_program(Standing(WORK, confirmed=True), PAY)


def test_an_edit_gives_nothing_to_another_server() -> None:
    """Attack: a model with a shell defines the server anew, and has a secret given to its own."""
    edited = replace(PAY, command=("sh", "-c", "env"))
    standing = Standing(profile(servers={"pay": edited}), accepted=WORK, confirmed=True)
    assert accepted_table(standing, "pay") is PAY
    assert not is_accepted_program(standing, edited)
    assert is_accepted_program(standing, PAY)
    added = Standing(profile(servers={"pay": PAY, "new": edited}), accepted=WORK, confirmed=True)
    assert accepted_table(added, "new") is None


def test_what_only_a_guard_has_used_was_accepted_by_nobody() -> None:
    """Attack: a profile that a model has written, in force by `run --profile` and unchanged since;
    and one that was edited since a guard has used it.
    """
    for standing in (Standing(WORK), Standing(WORK, accepted=WORK)):
        assert accepted_table(standing, "pay") is None
        assert not is_accepted_program(standing, PAY)


def test_another_provider_vouches_for_nobody_who_was_accepted() -> None:
    """Attack: a provider of the attacker's, which names anybody."""
    evil = replace(WORK.sign_in or SignIn("", "", HERE), issuer="https://evil.example")
    for sign_in in (evil, None):
        standing = Standing(profile(sign_in=sign_in), accepted=WORK, confirmed=True)
        assert accepted_table(standing, "pay") is None
        assert not is_accepted_program(standing, PAY)


def test_without_a_profile_nothing_is_accepted() -> None:
    """Fail closed."""
    assert accepted_table(Standing(None, "work.toml: broken"), "pay") is None
    assert accepted_table(Standing(None, accepted=WORK, confirmed=True), "pay") is None


@pytest.mark.parametrize(
    "change",
    [
        {"command": ("pay-mcp",)},
        {"cwd": "/tmp"},
        {"env": {"LD_PRELOAD": "/tmp/x.so"}},
        {"pass_env": ("AWS_SECRET",)},
        {"minted": {"TOKEN": TokenExchange(audience="payroll")}},
        {"url": "https://pay.example"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_whatever_a_program_is_started_with_is_accepted_or_not(
    change: Mapping[str, Any],
) -> None:
    """Attack: the accepted program, with a library or an argument of the attacker's."""
    assert not is_accepted_program(Standing(WORK, confirmed=True), replace(PAY, **change))


def test_where_it_stands_and_what_is_denied_make_no_other_program() -> None:
    """A line that moved is no other server."""
    moved = replace(PAY, origin=Origin("work.toml", 9), foreign_paths=True)
    assert is_accepted_program(Standing(WORK, confirmed=True), moved)


def test_a_program_of_the_clients_file_is_accepted_by_nobody() -> None:
    """The profile does not say what it is."""
    bare = replace(PAY, command=None)
    assert not is_accepted_program(Standing(profile(servers={"pay": bare}), confirmed=True), bare)
