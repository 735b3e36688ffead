"""`secret passphrase`: from a terminal of the person's only, and in the audit log before it is."""

from pathlib import Path

from localguard.cli.exits import Exit
from localguard.cli.secret_passphrase import change
from tests.cli.ran import Ran, ran
from tests.cli.secret_hand import OUTSIDE, Hand
from tests.vault.test_passphrase import GOOD, Typist, vault

NEW = "another horse, no battery"


def changed(folder: Path, hand: Hand, typist: Typist) -> Ran:
    place = str(folder / "vault")
    return ran(lambda out, err: change(place, hand.person, typist, out=out, err=err))


def test_a_person_changes_it_and_it_is_recorded(tmp_path: Path) -> None:
    """What else has to know the new one is said; no passphrase is."""
    vault(tmp_path, Typist(GOOD, GOOD)).put("secret/a", b"one")
    hand = Hand()
    done = changed(tmp_path, hand, Typist(GOOD, NEW, NEW))
    assert done.code is Exit.OK
    assert hand.chosen == [("vault", "passphrase changed")]
    assert "LOCALGUARD_PASSPHRASE_FD" in done.out
    assert GOOD not in done.out + done.err
    assert NEW not in done.out + done.err
    assert vault(tmp_path, Typist(NEW)).get("secret/a") == b"one"


def test_whoever_is_no_person_is_asked_for_nothing(tmp_path: Path) -> None:
    """Attack: a model with a shell locks the person out of their vault."""
    vault(tmp_path, Typist(GOOD, GOOD)).put("secret/a", b"one")
    typist = Typist(GOOD, NEW, NEW)
    done = changed(tmp_path, Hand(why=OUTSIDE), typist)
    assert done.code is Exit.DENIED
    assert OUTSIDE in done.err
    assert typist.asked == []
    assert vault(tmp_path, Typist(GOOD)).get("secret/a") == b"one"
