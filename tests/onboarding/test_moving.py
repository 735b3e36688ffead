"""Which names secrets get, and what stands in their place."""

from dataclasses import dataclass, field

from localguard.clients.definitions import definition
from localguard.clients.entry import Wrapped
from localguard.onboarding.moving import Moves


@dataclass
class Kept:
    """Secrets that somebody has."""

    values: dict[str, str] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        return name in self.values

    def holds(self, name: str, value: str) -> bool:
        return self.values[name] == value


def test_a_name_says_whose_secret_it_is_and_says_it_once() -> None:
    """`github-token`, and not `github-github-token`."""
    moves = Moves(Kept())
    taken = moves("github", Wrapped(("gh",), {"GITHUB_TOKEN": "abc", "API_KEY": "def"}))
    assert taken.env == {
        "GITHUB_TOKEN": "secret:github-token",
        "API_KEY": "secret:github-api-key",
    }
    assert [(one.name, one.told, one.fresh) for one in moves.moved] == [
        ("github-token", "variable GITHUB_TOKEN", True),
        ("github-api-key", "variable API_KEY", True),
    ]


def test_a_value_that_is_there_keeps_its_name_and_another_gets_its_own() -> None:
    """Two clients with one token have one secret; nothing in the vault is exchanged."""
    kept = Kept({"github-token": "abc"})
    moves = Moves(kept)
    assert moves("github", Wrapped(("gh",), {"TOKEN": "abc"})).env == {
        "TOKEN": "secret:github-token"
    }
    assert moves("github", Wrapped(("gh",), {"TOKEN": "other"})).env == {
        "TOKEN": "secret:github-token-2"
    }
    assert moves("github", Wrapped(("gh",), {"TOKEN": "other"})).env == {
        "TOKEN": "secret:github-token-2"
    }
    assert [one.name for one in moves.fresh] == ["github-token-2"]
    assert kept.values == {"github-token": "abc"}


def test_a_bearer_token_becomes_the_auth_of_its_server() -> None:
    """The profile's own word for it, so that the token itself is known wherever it shows up."""
    headers = {"Authorization": "Bearer abc", "X-Team": "shop"}
    taken = Moves(Kept())("hub", Wrapped(url="https://h/mcp", headers=headers))
    assert definition(taken, "") == {
        "url": "https://h/mcp",
        "auth": "secret:hub-token",
        "headers": {"X-Team": "shop"},
    }


def test_an_argument_keeps_its_flag() -> None:
    """`--token=secret:NAME` in the command of the profile."""
    moves = Moves(Kept())
    taken = moves("db", Wrapped(("db", "--token=abcdef", "--mode", "ro")))
    assert taken.command == ("db", "--token=secret:db-token", "--mode", "ro")
    assert moves.hidden == ("abcdef",)
    assert "abcdef" not in repr(moves.moved)


def test_a_secret_in_an_address_stays_and_is_told_of() -> None:
    """What cannot be moved is not passed over in silence."""
    moves = Moves(Kept())
    moves("hub", Wrapped(url="https://h/mcp?token=abc"))
    assert moves.staying == ["hub"]
    assert moves.moved == []
