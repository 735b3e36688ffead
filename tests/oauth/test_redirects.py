"""The redirect: who may bring it, and from whom it is (RFC 6749 sections 4.1.2 and 10.12)."""

from dataclasses import replace
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localguard.errors import SignInFault
from localguard.oauth.faults import Refused
from localguard.oauth.provider import Provider
from localguard.oauth.redirects import NotOurs, Redirect, code_of, read_pasted, read_redirect

OURS = "http://127.0.0.1:5000/callback"
OP = Provider("https://op", "https://op/a", "https://op/t", iss_parameter=True)


def test_a_code_with_the_right_state_is_ours() -> None:
    assert read_redirect("code=c&state=s", "s") == Redirect({"code": "c", "state": "s"})


@pytest.mark.parametrize(
    "query",
    [
        "",
        "code=c",
        "code=c&state=",
        "code=c&state=S",
        "code=c&state=%ED%A0%80",
        "code=c&state=s&code=d",
        "code=c&state=s&state=s",
        "state=s",
        "code=&state=s",
        "&".join(f"a{n}=" for n in range(60)) + "&code=c&state=s",
    ],
)
def test_what_is_not_exactly_an_answer_to_us_is_not_ours(query: str) -> None:
    assert isinstance(read_redirect(query, "s"), NotOurs)


@given(st.text(max_size=60), st.text(min_size=1, max_size=20).filter(lambda text: text != "s"))
def test_no_query_gets_by_without_the_state(query: str, state: str) -> None:
    if not state.isascii():
        return
    assert isinstance(read_redirect(query, "the state"), NotOurs)
    assert isinstance(read_redirect(urlencode({"code": "c", "state": state}), "s"), NotOurs)


@given(st.text(min_size=1).filter(lambda text: text.isprintable()), st.text())
def test_a_code_survives_the_way_whatever_is_in_it(code: str, more: str) -> None:
    query = urlencode({"code": code, "state": "s", "more": more})
    assert read_redirect(query, "s") == Redirect({"code": code, "state": "s", "more": more})


def test_an_address_that_was_pasted_counts_as_if_the_browser_had_come() -> None:
    pasted = read_pasted(f"  {OURS}?code=c&state=s&iss=https%3A%2F%2Fop\n", OURS, "s")
    assert isinstance(pasted, Redirect)
    assert code_of(pasted, OP) == "c"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yes",
        "code=c&state=s",
        "http://127.0.0.1:5001/callback?code=c&state=s",
        "http://127.0.0.1:5000/other?code=c&state=s",
        "https://127.0.0.1:5000/callback?code=c&state=s",
        "https://op/authorize?code=c&state=s",
        f"{OURS}?code=c&state=wrong",
        f"{OURS}?code=c&code=d&state=s",
        f"{OURS} ?code=c&state=s",
        "http://[/callback?code=c&state=s",
    ],
)
def test_another_address_that_is_pasted_is_not_ours(text: str) -> None:
    assert isinstance(read_pasted(text, OURS, "s"), NotOurs)


@pytest.mark.parametrize("issuer", ["https://evil", "https://op/", "HTTPS://OP", ""])
@pytest.mark.parametrize("advertised", [True, False])
@pytest.mark.parametrize("answer", [{"code": "c"}, {"error": "hacked", "error_description": "boo"}])
def test_mix_up_wrong_iss(issuer: str, advertised: bool, answer: dict[str, str]) -> None:
    """Identity.md 7.3, RFC 9207 section 2.4: neither code nor error is used, nor told."""
    redirect = Redirect({**answer, "iss": issuer})
    with pytest.raises(SignInFault, match="another provider") as error:
        code_of(redirect, replace(OP, iss_parameter=advertised))
    assert not isinstance(error.value, Refused)
    assert "boo" not in error.value.explain()
    assert "hacked" not in error.value.explain()


@pytest.mark.parametrize("answer", [{"code": "c"}, {"error": "hacked", "error_description": "boo"}])
def test_mix_up_absent_iss(answer: dict[str, str]) -> None:
    """Identity.md 7.3: a provider that says it names itself always does."""
    with pytest.raises(SignInFault, match="does not say") as error:
        code_of(Redirect(answer), OP)
    assert "boo" not in error.value.explain()


def test_a_provider_that_never_names_itself_need_not() -> None:
    assert code_of(Redirect({"code": "c"}), replace(OP, iss_parameter=False)) == "c"


def test_an_error_of_the_right_provider_is_told_with_its_words_made_safe() -> None:
    said = {"error": "access_denied", "error_description": "no\x1b[2J!", "iss": "https://op"}
    with pytest.raises(Refused, match="access_denied") as error:
        code_of(Redirect(said), OP)
    assert error.value.error == "access_denied"
    assert error.value.explain().isprintable()


def test_an_error_counts_although_there_is_a_code() -> None:
    with pytest.raises(Refused):
        code_of(Redirect({"error": "x", "code": "c", "iss": "https://op"}), OP)


def test_the_code_is_in_no_repr() -> None:
    assert "s3cret" not in repr(Redirect({"code": "s3cret"}))
