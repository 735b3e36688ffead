"""The store of pins: what is pinned stays, what is broken is told, no race loses anything."""

import os
import stat
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.pinning.faults import PinFault
from localguard.pinning.store import PinStore
from localguard.policy.pins import Account, Definition, Family, Greeting, Identity, Pin
from tests.pinning.makers import DB, MONDAY, OTHER, TUESDAY, account, pin, prompt, tool

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
"""No frame has another number (relay/frames)."""
LEAVES = st.none() | st.booleans() | st.integers() | FINITE | NAMES
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=2),
    max_leaves=5,
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=3)
DEFINITIONS = st.builds(Definition, st.sampled_from(Family), NAMES, OBJECTS)
ACCOUNTS = st.builds(
    lambda identity, greeting, definitions, listed: Account(
        identity, greeting, {one.item: one for one in definitions}, listed
    ),
    st.builds(Identity, st.lists(NAMES, max_size=3).map(tuple), st.booleans()),
    st.none() | st.builds(Greeting, OBJECTS, st.none() | NAMES),
    st.lists(DEFINITIONS, max_size=3),
    st.frozensets(st.sampled_from(Family)),
)


@pytest.fixture
def store(tmp_path: Path) -> PinStore:
    return PinStore(str(tmp_path / "state/pins"))


def test_a_server_that_was_never_seen_has_no_pins(store: PinStore) -> None:
    """That is not the same as having none left."""
    assert store.read("db") is None
    assert store.seen("db") == ()
    assert store.names() == ()


@given(ACCOUNTS, st.none() | st.just(TUESDAY))
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, said: Account, confirmed: str | None
) -> None:
    """Promise: each whole definition, with its digest; 1.0 stays 1.0."""
    store = PinStore(str(tmp_path_factory.mktemp("pins") / "pins"))
    written = Pin(said, MONDAY, confirmed)
    store.put("db", written, None)
    (found,) = store.read("db") or ()
    assert found == written
    assert repr(found.account.definitions) == repr(said.definitions)
    assert found.account.digest == said.digest


@posix
def test_only_the_owner_can_read_and_write(store: PinStore) -> None:
    """Promise: 0600 in a folder of 0700."""
    store.put("db", pin(), None)
    store.note("db", account(), TUESDAY)
    paths = [Path(store.path("db")), Path(store.folder, "seen", "db.json")]
    for path in paths:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_the_first_listing_pins_and_the_second_does_not(store: PinStore) -> None:
    """As ssh does. Clients start each guard twice, and both see a new server first."""
    store.add("db", pin(tool(x=1)))
    store.add("db", pin(tool(x=2), tool("more")))
    assert store.read("db") == (pin(tool(x=1)),)


def test_a_family_that_was_not_listed_before_is_added(store: PinStore) -> None:
    """Promise: what was listed to its end stays as it was."""
    store.add("db", pin(tool(), said=None))
    later = pin(tool(x=2), prompt(), listed=(Family.TOOL, Family.PROMPT))
    store.add("db", later)
    (found,) = store.read("db") or ()
    assert found.account.listed == {Family.TOOL, Family.PROMPT}
    assert found.account.definitions == {"read": tool(), "prompt:ask": prompt()}
    assert found.account.greeting == pin(said=None).account.greeting


def test_nothing_is_added_to_what_a_person_confirmed(store: PinStore) -> None:
    """Promise: a person confirms what was shown, and nothing else."""
    confirmed = pin(tool(), confirmed=TUESDAY)
    store.put("db", confirmed, None)
    store.add("db", pin(tool(), prompt(), listed=tuple(Family)))
    assert store.read("db") == (confirmed,)


def test_another_identity_is_not_pinned_by_itself(store: PinStore) -> None:
    """Promise: an identity that was not seen before, while others are there, is all new."""
    store.add("db", pin(tool()))
    store.add("db", pin(tool(), identity=OTHER))
    assert store.read("db") == (pin(tool()),)
    reviewed = pin(tool(), identity=OTHER, confirmed=TUESDAY)
    store.put("db", reviewed, None)
    assert store.read("db") == (pin(tool()), reviewed)


def test_what_changed_while_it_was_reviewed_is_not_confirmed(store: PinStore) -> None:
    """Promise: confirming stores what was shown, against what it was shown."""
    shown = pin(tool())
    store.put("db", shown, None)
    store.put("db", pin(tool(x=1)), shown)
    with pytest.raises(PinFault, match="changed while they were reviewed"):
        store.put("db", replace(shown, confirmed=TUESDAY), shown)
    assert store.read("db") == (pin(tool(x=1)),)


def test_what_was_seen_last_is_kept_for_each_identity(store: PinStore) -> None:
    """So that it can be reviewed without the server; of an identity the last only."""
    store.note("db", account(tool(x=1)), MONDAY)
    store.note("db", account(tool(), identity=OTHER), MONDAY)
    store.note("db", account(tool(x=2)), TUESDAY)
    ours, theirs = Pin(account(tool(x=2)), TUESDAY), Pin(account(tool(), identity=OTHER), MONDAY)
    assert store.seen("db") == (theirs, ours)
    store.forget("db", DB)
    assert store.seen("db") == (theirs,)
    store.forget("db", OTHER)
    store.forget("db", OTHER)
    assert store.seen("db") == ()
    assert store.read("db") is None


def test_the_servers_that_were_seen_have_names(store: PinStore) -> None:
    """Pinned, or only seen."""
    store.add("files", pin())
    store.note("db", account(), MONDAY)
    store.note("files", account(), MONDAY)
    assert store.names() == ("db", "files")


@pytest.mark.parametrize(
    "name", ["DB", "..", "a/b", "../x", ".hidden", "a b", "%2e", "é", "x.json"]
)
def test_no_name_of_a_server_leads_elsewhere(store: PinStore, name: str) -> None:
    """Attack: a server that is called like a path, or like another one but for its case."""
    path = store.path(name)
    assert os.path.dirname(path) == store.folder
    assert path.casefold() != store.path("db").casefold()
    store.put(name, pin(), None)
    store.put("db", pin(tool()), None)
    assert store.read(name) == (pin(),)
    assert store.names() == tuple(sorted((name, "db")))


@given(st.sets(NAMES, min_size=2, max_size=2))
def test_other_names_are_other_files(names: set[str]) -> None:
    """Also where a volume takes `A` and `a` for one name."""
    one, other = names
    store = PinStore("pins")
    assert store.path(one).casefold() != store.path(other).casefold()


def breakages() -> list[bytes]:
    store_text = b"localguard pins 1 sha256 "
    body = b'{"server":"db","pins":[]}\n'
    return [
        b"",
        b"{}",
        store_text + b"0" * 64 + b"\n" + body,
        store_text + b"\n",
    ]


@pytest.mark.parametrize("data", breakages())
def test_a_broken_file_is_told_and_never_written_over(store: PinStore, data: bytes) -> None:
    """Promise: everything is new, with the fault told; never silently replaced."""
    path = Path(store.path("db"))
    path.parent.mkdir(mode=0o700, parents=True)
    path.write_bytes(data)
    path.chmod(0o600)
    with pytest.raises(PinFault, match="the pins are broken") as caught:
        store.add("db", pin())
    assert f"rm {path}" in caught.value.fix
    with pytest.raises(PinFault):
        store.put("db", pin(), None)
    with pytest.raises(PinFault):
        store.read("db")
    assert path.read_bytes() == data


@pytest.mark.parametrize("cut", [1, 60, 100])
def test_a_file_that_was_cut_or_edited_is_broken(store: PinStore, cut: int) -> None:
    """A torn write of a file system, or a hand."""
    store.put("db", pin(tool(description="x" * 50)), None)
    path = Path(store.path("db"))
    whole = path.read_bytes()
    for data in (whole[:-cut], whole.replace(b"xxx", b"xyx", 1), whole + b" "):
        path.write_bytes(data)
        with pytest.raises(PinFault, match="not as localguard has written it"):
            store.read("db")


def test_the_file_of_another_server_is_broken(store: PinStore) -> None:
    """Attack: one server's reviewed pins are copied over another's."""
    store.put("files", pin(tool(), confirmed=TUESDAY), None)
    os.rename(store.path("files"), store.path("db"))
    with pytest.raises(PinFault, match="another server's"):
        store.read("db")


def test_what_was_seen_is_begun_anew_when_it_is_broken(store: PinStore) -> None:
    """It can be seen again, unlike what was pinned."""
    store.note("db", account(tool()), MONDAY)
    Path(store.folder, "seen", "db.json").write_bytes(b"x")
    with pytest.raises(PinFault):
        store.seen("db")
    store.note("db", account(tool()), TUESDAY)
    assert store.seen("db") == (Pin(account(tool()), TUESDAY),)


@posix
def test_a_file_that_others_can_write_is_not_believed(store: PinStore) -> None:
    """Owner and mode are looked at when it is read."""
    store.put("db", pin(), None)
    os.chmod(store.path("db"), 0o622)
    with pytest.raises(PinFault, match="other users can write to this") as caught:
        store.read("db")
    assert caught.value.fix == f"chmod go-w {store.path('db')}"


@posix
@pytest.mark.skipif(sys.platform != "win32" and os.geteuid() != 0, reason="only root gives away")
def test_a_file_of_another_user_is_not_believed(store: PinStore) -> None:
    """Another user's pins are another user's."""
    store.put("db", pin(), None)
    os.chown(store.path("db"), 12345, -1)
    with pytest.raises(PinFault, match="another user"):
        store.read("db")


@posix
def test_a_folder_that_others_can_write_to_is_not_used(store: PinStore) -> None:
    """Who can write to it can put another file there."""
    os.makedirs(store.folder)
    os.chmod(store.folder, 0o777)
    with pytest.raises(PinFault, match="other users can write to this"):
        store.add("db", pin())


@posix
def test_no_link_and_no_pipe_is_followed(store: PinStore, tmp_path: Path) -> None:
    """Attack: the file is a way to another one, or never ends."""
    other = PinStore(str(tmp_path / "other"))
    other.put("db", pin(), None)
    os.makedirs(store.folder, 0o700)
    os.symlink(other.path("db"), store.path("db"))
    with pytest.raises(PinFault, match="cannot be read"):
        store.read("db")
    os.unlink(store.path("db"))
    os.mkfifo(store.path("db"), 0o600)
    with pytest.raises(PinFault, match="no file of pins"):
        store.read("db")


def test_a_folder_where_a_file_should_be_is_a_fault(store: PinStore) -> None:
    """For reading, writing and forgetting."""
    os.makedirs(store.path("db"), 0o700)
    os.makedirs(os.path.join(store.folder, "seen", "db.json"), 0o700)
    with pytest.raises(PinFault, match="no file of pins"):
        store.read("db")
    with pytest.raises(PinFault, match="no file of pins"):
        store.add("db", pin())
    with pytest.raises(PinFault, match="no file of pins"):
        store.forget("db", DB)


def test_a_file_where_the_folder_should_be_is_a_fault(store: PinStore) -> None:
    """And the fix names it."""
    Path(store.folder).parent.mkdir()
    Path(store.folder).write_text("in the way")
    with pytest.raises(PinFault, match="a folder is needed here"):
        store.add("db", pin())
    with pytest.raises(PinFault, match="cannot be read"):
        store.read("db")


def test_a_place_that_cannot_be_written_is_a_fault(store: PinStore) -> None:
    """A folder where the new file, or the lock, should be."""
    os.makedirs(store.folder, 0o700)
    for suffix in (".lock", ".new"):
        blocked = Path(f"{store.path('db')}{suffix}")
        blocked.mkdir()
        with pytest.raises(PinFault, match="cannot be written"):
            store.add("db", pin())
        blocked.rmdir()


def test_two_guards_that_see_a_server_first_keep_one_pin(store: PinStore) -> None:
    """A race: each thread is a guard with a listing of its own."""
    start = threading.Barrier(8)

    def guard(number: int) -> None:
        start.wait()
        PinStore(store.folder).add("db", pin(tool(x=number)))
        PinStore(store.folder).note("db", account(identity=Identity((str(number),))), MONDAY)

    threads = [threading.Thread(target=guard, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (found,) = store.read("db") or ()
    assert found in [pin(tool(x=number)) for number in range(8)]
    assert len(store.seen("db")) == 8
