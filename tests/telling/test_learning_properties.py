"""Whatever was called: what is proposed does what is told of it, and never what it must not."""

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from localguard.config.acceptance import current_version
from localguard.config.appended import extended
from localguard.config.build import read_profile
from localguard.policy.calls import Call, Facts
from localguard.policy.rules import Verb
from localguard.telling.known import Known
from localguard.telling.learning_calls import material
from localguard.telling.learning_entries import entries
from localguard.telling.learning_groups import groups
from localguard.telling.learning_rules import Bench, applies, proposals
from localguard.telling.recent_calls import Past, Recent
from tests.config.makers import HOME, places_in, put

AT = datetime(2026, 11, 27, tzinfo=UTC)
WORK = "version = 1\n[servers.s]\n"
NAMES = st.sampled_from(
    ["get_a", "get_b", "put", "@read", "a b", "*", "resource:file:///srv/x", "é"]
)
VALUES = st.recursive(
    st.sampled_from(["acme", "/srv/a/b", "/srv/a/c", f"{HOME}/notes/x", "https://a.example/x", "*"])
    | st.text(max_size=4)
    | st.booleans()
    | st.integers(-3, 2**53)
    | st.none(),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)
ARGUMENTS = st.dictionaries(st.sampled_from(["path", "owner", "a.b", 'x"\n']), VALUES, max_size=3)
MARKS = st.frozensets(
    st.sampled_from(["read", "write", "open", "destructive", "new", "changed"]), max_size=3
)
CALLS = st.lists(
    st.tuples(
        NAMES,
        ARGUMENTS,
        MARKS,
        st.sampled_from(["observed", "allow", "deny", None]),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=150, deadline=None)
@given(CALLS)
def test_what_is_proposed_is_what_is_told_and_can_be_written(
    made: list[tuple[str, dict[str, Any], frozenset[str], str | None, bool]],
) -> None:
    """Nothing risky, nothing that a person denied, nothing beyond the server; and it loads."""
    calls, pasts = {}, []
    for at, (item, arguments, marks, fate, confirmed) in enumerate(made):
        name = f"g-{at}"
        facts = Facts(AT + timedelta(seconds=at), marks=marks, confirmed=confirmed)
        calls[name] = Call("s", item, arguments, facts)
        record = {"call": name, "profile": "work", "t": f"2026-11-27T00:00:{at:02}Z"}
        observed = {"kind": "intent", "observed": True}
        record |= observed if fate == "observed" else {"kind": "held"}  # type: ignore[arg-type]
        pasts.append(Past(record, fate != "observed", None if fate == "observed" else fate))
    known = [Known("s", "get_a", frozenset({"read"}), confirmed=True)]
    with tempfile.TemporaryDirectory() as folder:
        where = places_in(Path(folder))
        put(where, "work", WORK)
        profile, version = read_profile(where, "work"), current_version(where, "work")
        found = material(
            profile,
            Recent(pasts),
            (),
            known,
            home=HOME,
            recalled=lambda record: calls[str(record["call"])],
        )
        bench = Bench(profile, known, HOME)
        for group in groups(found.observations):
            for one in proposals(group, bench):
                counted = [each.call for each in group.counted]
                more = one.verb is Verb.ALLOW
                assert one.fits == sum(applies(one.rule, each, HOME, more) for each in counted)
                assert all(pattern.server.text == "s" for pattern in one.rule.patterns)
                if more:
                    denied = [each.call for each in group.left if each.denied_by_person]
                    assert not any(applies(one.rule, each, HOME, True) for each in denied)
                    assert one.fits
                text = entries(group, one, bench, AT)
                assert extended(version, text, HOME).documents[0].raw.startswith(WORK.encode())
    for observation in found.observations:
        marks = observation.call.facts.marks or frozenset()
        assert marks.isdisjoint({"new", "changed", "destructive"})
