"""Words of a command that stand for secrets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.policy.secret_words import SecretWord, has_secrets, is_misnamed_word, secret_word


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("secret:pg", SecretWord("", "pg")),
        ("--token=secret:github.token", SecretWord("--token=", "github.token")),
        ("-t=secret:t", SecretWord("-t=", "t")),
        ("GITHUB_TOKEN=secret:gh", SecretWord("GITHUB_TOKEN=", "gh")),
    ],
)
def test_a_whole_word_or_what_follows_a_flag_is_a_secret(word: str, found: SecretWord) -> None:
    """The forms that a profile may have."""
    assert secret_word(word) == found
    assert not is_misnamed_word(word)


@pytest.mark.parametrize(
    "word", ["a secret:b", "x:secret:b", "Secret:b", "--secret", "--a b=secret:c"]
)
def test_anything_else_is_a_word_like_others(word: str) -> None:
    """No argument of a server that worked before means something else now."""
    assert secret_word(word) is None
    assert not is_misnamed_word(word)


@pytest.mark.parametrize("word", ["secret:", "--token=secret:", "secret:a b", "secret:a/b"])
def test_a_name_that_no_secret_can_have_is_told(word: str) -> None:
    """Promise: a slip in a profile is a fault, and no argument of the server's."""
    assert secret_word(word) is None
    assert is_misnamed_word(word)


def test_the_program_itself_is_never_one() -> None:
    """A secret is no program."""
    assert not has_secrets(("secret:a", "b"))
    assert has_secrets(("a", "secret:b"))
    assert not has_secrets(None)
    assert not has_secrets(())


@given(st.text(max_size=60))
def test_what_is_found_says_the_word(word: str) -> None:
    """Nothing of a word is lost."""
    found = secret_word(word)
    assert found is None or f"{found.before}secret:{found.name}" == word
