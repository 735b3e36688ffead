"""Notes on rules beside each other, and by what servers have listed."""

from pathlib import Path

import pytest

from localguard.config.lints import notes
from localguard.config.lints_listed import Listed, all_notes, listed_notes
from tests.config.makers import profile_of

HEAD = "version = 1\n[servers.files]\n[servers.github]\n[servers.notes]\n"
READ, WRITE = frozenset({"read"}), frozenset({"write"})
LISTED = [
    Listed("github", "get_issue", READ, frozenset({"owner", "number"})),
    Listed("github", "read_url", READ, frozenset({"url"})),
    Listed("files", "read_file", READ, frozenset({"path", "head"})),
    Listed("files", "write_file", WRITE, frozenset({"path"})),
]


def told(folder: Path, text: str) -> list[str]:
    """The notes by the rules alone."""
    return [note.explain() for note in notes(profile_of(folder, HEAD + text))]


def by_list(folder: Path, rule: str) -> list[str]:
    """The notes by what was listed."""
    profile = profile_of(folder, f"{HEAD}[[rule]]\n{rule}\n")
    return [note.explain() for note in listed_notes(profile, LISTED)]


@pytest.mark.parametrize(
    ("ask", "noted"),
    [
        ('"a/*"', True),
        ('"*"', True),
        ('"a/get_repo"', False),
        ('"a/*"\nexcept = "a/get_x"', False),
        ('"a/*"\nwhen.client = "x"', False),
        ('"a/*"\ntrial = true', False),
    ],
)
def test_an_allow_that_is_asked_altogether_is_noted(tmp_path: Path, ask: str, noted: bool) -> None:
    """policy.md 6.4: a broad ask and a narrow allow; the stricter one wins, always."""
    found = told(tmp_path, f'[[rule]]\nallow = "a/get_*"\n[[rule]]\nask = {ask}\n')
    expected = (
        "work.toml:5: note: it never allows anything: work.toml:7 asks for all that it names."
        ' Better: give that an except, or write default = "ask" for the server in its place.'
    )
    assert found == ([expected] if noted else [])


@pytest.mark.parametrize(
    ("condition", "noted"),
    [
        ('when.args.branch = "main"', True),
        ('when.args.branch = ["main", "release"]', True),
        ('when.args.branch.is = "main"', True),
        ('when.args.path.under = "/etc"', False),
        ("when.args.n.min = 5", False),
        ('when.args.branch = "main"\nwhen.client = "x"', False),
    ],
)
def test_a_denial_by_one_spelling_beside_an_allow_of_the_rest_is_noted(
    tmp_path: Path, condition: str, noted: bool
) -> None:
    """policy.md 6.5: a deny on an argument value in place of allow and unless."""
    text = f'[[rule]]\nallow = "a/*"\n[[rule]]\ndeny = "a/push"\n{condition}\n'
    expected = (
        "work.toml:7: note: work.toml:5 allows every other spelling of args.branch than this one"
        " denies. Better: say there what may be: when.args.branch = …, or"
        " unless.args.branch = …."
    )
    assert told(tmp_path, text) == ([expected] if noted else [])


@pytest.mark.parametrize(
    ("remember", "noted"), [("1d", True), ("8h", False), ("session", False), ("never", False)]
)
def test_an_answer_that_is_to_outlast_the_sign_in_is_noted(
    tmp_path: Path, remember: str, noted: bool
) -> None:
    """policy.md 6.5: remember longer than the sign-in."""
    sign_in = '[identity]\nissuer = "https://a.example"\nclient_id = "x"\nmax_session_age = "8h"\n'
    found = told(tmp_path, f'{sign_in}[[rule]]\nask = "a/b"\nremember = "{remember}"\n')
    assert found == (
        [
            'work.toml:9: note: remember = "1d" is longer than a sign-in, which ends after 28800 s.'
            " Better: a shorter one, or a longer max_session_age in [identity]."
        ]
        if noted
        else []
    )


@pytest.mark.parametrize(
    ("rule", "what"),
    [
        (
            'allow = "github/get_isue"',
            '"github/get_isue" names nothing that github has listed.'
            ' Better: "github/get_issue", if that is meant.',
        ),
        (
            'deny = "github/drop_*"',
            '"github/drop_*" names nothing that github has listed. Better: remove it.',
        ),
        (
            'allow = "strange/x"',
            'no server was ever called "strange". Better: remove it, or add [servers.strange].',
        ),
        (
            'allow = "files/@read"',
            '"files/@read" lets files/read_file go wherever a call says (path).'
            " Better: name them in except, and give each a rule with a condition.",
        ),
    ],
)
def test_what_no_server_has_listed_is_noted(tmp_path: Path, rule: str, what: str) -> None:
    """policy.md 6.5: a rule that names a server or tool never seen; marks over path tools."""
    assert by_list(tmp_path, rule) == [f"work.toml:5: note: {what}"]


@pytest.mark.parametrize(
    "rule",
    [
        'allow = "github/get_issue"',
        'allow = "github/*"',
        'allow = "notes/anything"',
        'allow = "files/resource:file:///x"',
        'allow = "github/@read"\nexcept = "github/read_url"',
        'allow = "files/@read"\nwhen.args.path.under = "/srv"',
        'ask = "files/@read"',
        'deny = "*/get_*"',
        'ask = ["*/delete_*", "*/tool_to_come"]',
    ],
)
def test_what_is_there_is_not_noted(tmp_path: Path, rule: str) -> None:
    """Also nothing of a server that was never seen: it may come."""
    assert by_list(tmp_path, rule) == []


def test_of_two_notes_on_one_mark_the_one_that_knows_more_is_told(tmp_path: Path) -> None:
    """By the tools, and not by what their server is called."""
    profile = profile_of(tmp_path, f'{HEAD}[[rule]]\nallow = "files/@read"\n')
    assert [one.what for one in all_notes(profile, LISTED)] == [
        '"files/@read" lets files/read_file go wherever a call says (path)'
    ]
    assert len(all_notes(profile, [])) == 1
