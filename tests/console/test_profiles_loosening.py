"""Why another policy may let more through: nothing that does is taken for one that tightens."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.config.build import read_profile
from localguard.config.schema import COLORS
from localguard.console.profiles.colors import SHADES, shade
from localguard.policy.calls import Call
from localguard.policy.decide import Standing, decide
from localguard.policy.profile import Profile
from localguard.policy.rules import Origin, Verb
from localguard.telling.edits import edit_lines
from localguard.telling.loosening import loosening
from tests.config.makers import places_in, put
from tests.policy.strategies import CALLS, DEFAULTS, PROFILES, RULES, rank

BASE = """\
version = 1
default = "deny"
pins = "strict"
strict_arguments = true
[from_server]
sampling = "deny"
elicitation = "deny"
roots = "deny"
[servers.a]
command = ["a"]
default = "deny"
[[rule]]
allow = "a/r"
[[rule]]
ask = "a/w"
[[rule]]
deny = "a/x"
[[rule]]
tools = "a/*"
limit = "10/minute"
"""

SIGN_IN = 'identity.issuer = "https://login.example"\nidentity.client_id = "localguard"\n'


def profile(folder: Path, text: str, remembered: str | None = None) -> Profile:
    where = places_in(folder)
    put(where, "p", text)
    path = Path(where.remembered_file("p"))
    path.unlink(missing_ok=True)
    if remembered is not None:
        put(where, "p", remembered, remembered=True)
    return read_profile(where, "p")


def reasons(folder: Path, old: str, new: str) -> str:
    """Why the change from one text to the other in BASE may let more through."""
    assert old in BASE
    one, other = profile(folder, BASE), profile(folder, BASE.replace(old, new))
    return "; ".join(loosening(one, other, ()))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('allow = "a/r"', 'allow = "a/*"', "new rules that allow or ask: 1"),
        ('allow = "a/r"', 'allow = "a/r"\nuntil = 2030-01-01', "new rules that allow or ask: 1"),
        ('[[rule]]\ndeny = "a/x"\n', "", "rules that deny, ask or limit and are gone: 1"),
        ('limit = "10/minute"', 'limit = "20/minute"', "rules that deny, ask or limit and are"),
        ('[[rule]]\nask = "a/w"\n', "", "rules that deny, ask or limit and are gone: 1"),
        ('default = "deny"\npins', 'default = "ask"\npins', "what no rule names: deny becomes ask"),
        ('default = "deny"\n[[rule]]', 'default = "ask"\n[[rule]]', "what no rule names on a: ask"),
        ('command = ["a"]', 'command = ["b"]', "server a is another one"),
        ('command = ["a"]', 'command = ["a"]\nenv = { X = "1" }', "server a is another one"),
        ("[servers.a]", "[servers.b]\n[servers.a]", "server b is defined"),
        ('sampling = "deny"', 'sampling = "ask"', "servers may ask for sampling: ask"),
        ('roots = "deny"', 'roots = "allow"', "servers may ask for roots: allow"),
        ('pins = "strict"\n', "", "new and changed tools are asked, not denied"),
        ("strict_arguments = true\n", "", "arguments need not fit the tool's own schema"),
        ("version = 1", 'version = 1\nunknown_methods = "relay"', "unknown methods are relayed"),
        ("version = 1", f"version = 1\n{SIGN_IN}", "who is signed in is told by another provider"),
    ],
)
def test_what_may_let_more_through_is_told(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert told in reasons(tmp_path, old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("version = 1", "version = 1"),
        ("version = 1", 'version = 1\ncolor = "red"'),
        ('[[rule]]\nallow = "a/r"\n', ""),
        ('deny = "a/x"', 'deny = "a/x"\n[[rule]]\ndeny = "a/y"'),
        ("[[rule]]\nallow", "\n\n# further down\n[[rule]]\nallow"),
    ],
)
def test_what_tightens_or_says_the_same_is_not_told(tmp_path: Path, old: str, new: str) -> None:
    """Neither are a colour, a comment and the place of a rule."""
    assert reasons(tmp_path, old, new) == ""


def test_a_sign_in_that_is_another_or_no_longer_required_is_told(tmp_path: Path) -> None:
    """Attack: a provider of a model's own, or none at all."""
    required = profile(tmp_path, f"{SIGN_IN}identity.required = true\n{BASE}")
    optional = profile(tmp_path, f"{SIGN_IN}{BASE}")
    other = profile(tmp_path, f"{SIGN_IN.replace('login', 'evil')}identity.required = true\n{BASE}")
    assert loosening(required, optional, ()) == ("no sign-in is required",)
    assert loosening(required, profile(tmp_path, BASE), ()) == ("no sign-in is required",)
    assert loosening(optional, required, ()) == ()
    assert loosening(required, other, ()) == (
        "who is signed in is told by another provider, or believed otherwise",
    )


def test_a_remembered_yes_more_is_told(tmp_path: Path) -> None:
    """And a remembered no less."""
    answer = (
        'version = 1\n[[answer]]\nrule = "r"\ntarget = "a/w"\nidentity = "i"\n'
        "until = 2030-01-01T00:00:00Z\n"
    )
    denial = 'version = 1\n[[rule]]\ndeny = "a/z"\n'
    plain = profile(tmp_path, BASE)
    assert loosening(plain, profile(tmp_path, BASE, answer), ()) == (
        "there are other remembered answers",
    )
    denied = profile(tmp_path, BASE, denial)
    assert loosening(plain, denied, ()) == ()
    assert loosening(denied, plain, ()) != ()


def test_a_server_that_goes_leaves_the_default_of_the_profile(tmp_path: Path) -> None:
    """Its own was stricter."""
    text = 'version = 1\ndefault = "ask"\n'
    one = profile(tmp_path, f'{text}[servers.a]\ndefault = "deny"\n')
    assert "what no rule names on a: ask" in loosening(one, profile(tmp_path, text), ())


def test_rules_are_compared_whole_and_not_by_a_digest(tmp_path: Path) -> None:
    """Attack: a rule that is made to have the short digest of another one."""
    one = profile(tmp_path, BASE)
    (first, *others) = one.rules
    forged = replace(profile(tmp_path, BASE.replace("a/r", "*")).rules[0])
    object.__setattr__(forged, "fingerprint", first.fingerprint)
    assert loosening(one, replace(one, rules=(forged, *others)), ()) != ()


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Profile, Profile]:
    """A profile and another that mostly only tightens it."""
    one = draw(PROFILES)
    kept = [rule for rule in one.rules if rule.verb is not Verb.ALLOW or draw(st.booleans())]
    more = draw(st.lists(RULES.filter(lambda rule: rule.verb is not Verb.ALLOW), max_size=2))
    placed = [replace(rule, origin=Origin("p.toml", 50 + at)) for at, rule in enumerate(more)]
    table = replace(one.servers["a"], default=draw(st.none() | DEFAULTS))
    return one, replace(
        one,
        rules=(*kept, *placed),
        default=draw(DEFAULTS),
        servers={"a": table},
        pins_strict=draw(st.booleans()),
    )


@given(pairs(), CALLS)
def test_without_a_reason_no_call_gets_more(found: tuple[Profile, Profile], call: Call) -> None:
    """Promise: a switch that is said to tighten lets no call through that was not before."""
    one, other = found
    if not loosening(one, other, ()):
        assert rank(decide(Standing(other), call)) <= rank(decide(Standing(one), call))


def test_edits_are_told_file_by_file() -> None:
    """With the lines around them; a file on one side only is all new or gone."""
    old = {"a.toml": b"one\ntwo\nthree\n", "b.toml": b"gone\n"}
    new = {"a.toml": b"one\n2\nthree\n"}
    assert list(edit_lines(old, new)) == [
        "  --- a.toml",
        "  +++ a.toml",
        "  @@ -1,3 +1,3 @@",
        "    one",
        "  - two",
        "  + 2",
        "    three",
        "  --- b.toml",
        "  +++ (no such file)",
        "  @@ -1 +0,0 @@",
        "  - gone",
    ]
    assert list(edit_lines(old, old)) == []


def test_an_edit_shows_what_a_person_would_not_see() -> None:
    """A blank at the end of a line, or bytes that are no text, are differences, too."""
    assert list(edit_lines({"a": b"x\n"}, {"a": b"x \n"}))[3:] == ["  - x", "  + x "]
    assert list(edit_lines({"a": b"x\n"}, {"a": b"\xff\n"}))[3:] == ["  - x", "  + \ufffd"]


def test_every_colour_has_a_shade() -> None:
    """And what is none has no style."""
    assert SHADES.keys() == set(COLORS)
    assert shade("violet").startswith("#")
    assert shade(None) == shade("ultraviolet") == ""
