"""Names that look alike, and text that is not seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.policy.calls import Json
from localguard.policy.lookalikes import hidden_places, lookalikes, skeleton


@pytest.mark.parametrize(
    "name",
    [
        "r\u0435ad_file",
        "read_f\u0456le",
        "read_fi1e",
        "READ_FILE",
        "read-file",
        "readfile",
        "read\u200b_file",
        "read_file\u00ad",
        "\uff52ead_file",
        "re\u0301ad_file",
        "read_\ufb01le",
        "\U0001d42bead_file",
        "read_file\U000e0041",
    ],
)
def test_a_name_that_looks_like_another_is_found(name: str) -> None:
    """Attack: confusables (UTS 39), NFKC forms, case, zero-width and tag characters."""
    assert lookalikes(name, ["write_file", "read_file"]) == ("read_file",)


@pytest.mark.parametrize("name", ["read_files", "write_file", "file_read", "read"])
def test_other_names_are_others(name: str) -> None:
    assert lookalikes(name, ["read_file"]) == ()


def test_a_name_is_no_lookalike_of_itself() -> None:
    assert lookalikes("read_file", ["read_file"]) == ()


@given(st.text(max_size=20), st.sampled_from(["\u200b", "\u202e", "\x00", "_", "-"]))
def test_what_is_not_seen_makes_no_other_name(name: str, unseen: str) -> None:
    """Wherever it stands, unless it parts what belongs together in sight."""
    assert skeleton(unseen + name + unseen) == skeleton(name)


def test_hidden_characters_are_found_wherever_they_stand() -> None:
    """Keys, elements and values; a line end and a tab are no secret."""
    value: Json = {
        "a": "x\u200b",
        "b": [1, "\n\t", {"c\u202e": "fine", "d": "\x1b[2J"}],
        "e": {"f": "h\u00e9"},
        "g": None,
    }
    assert hidden_places(value) == ("a", "b[2].c\u202e", "b[2].d")
    assert hidden_places("\u2066") == ("the text",)
    assert hidden_places({"\u200d": {}}) == ("\u200d",)
