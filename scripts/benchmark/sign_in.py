"""Signing in: our own part of the time, and what it costs a guard to start as someone who is."""

import time
import urllib.request
from collections.abc import Iterator

from scripts.benchmark.figures import plain, ratio
from scripts.benchmark.goals import GUARD, NO_IDENTITY
from scripts.benchmark.report import Column, Table
from scripts.benchmark.results import Result
from scripts.benchmark.sign_in_setting import SignInSetting
from scripts.benchmark.startup import timed_starts
from scripts.benchmark.turns import Values, take_turns
from scripts.benchmark.wire import PATIENCE
from tests.ways.signing import address_at_end

OF_THE_PERSON = frozenset({"authorization", "page"})
"""Endpoints of the provider that the browser asks."""

LOGIN = (
    Column("whole", plain("whole")),
    Column("person", plain("person")),
    Column("provider", plain("provider")),
    Column("own", plain("own"), spread=True),
)
STARTUP = (
    Column("ms", plain("start"), spread=True),
    Column(f"x {NO_IDENTITY}", ratio("start", NO_IDENTITY), spread=True),
)

_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def login(run: SignInSetting) -> Iterator[Table]:
    """`localguard login`, typed by someone who is signed in nowhere yet."""
    result = Result("sign-in", [GUARD])
    rounds = run.rounds(15, 3)
    take_turns(Result("not counted", [GUARD]), 1, lambda _: _login(run))
    take_turns(result, rounds, lambda _: _login(run))
    title = f"`localguard login`, from its start to its end, ms; {rounds} rounds"
    yield Table(title, result, LOGIN)


def _login(run: SignInSetting) -> Values:
    """One sign-in, after one that is over, and where its time went."""
    run.begin("logout", "--profile", "signed")
    run.end()
    before = _provider(run)
    begin = run.begin("login", "--profile", "signed")
    url, opened = run.browser.opened()
    callback = address_at_end(url)
    left = time.perf_counter()
    with _opener.open(callback, timeout=PATIENCE) as page:
        page.read()
    whole, person = run.end() - begin, left - opened
    provider = _provider(run) - before
    own = whole - person - provider
    times = {"whole": whole, "person": person, "provider": provider, "own": own}
    return {name: seconds * 1e3 for name, seconds in times.items()}


def _provider(run: SignInSetting) -> float:
    """Seconds that the provider has spent on requests of localguard so far."""
    return sum(taken for name, taken in run.idp.spent().items() if name not in OF_THE_PERSON)


def startup(run: SignInSetting) -> Iterator[Table]:
    """A guard with a valid sign-in, beside one whose profile asks for none."""
    _login(run)
    rounds = run.rounds(40, 4)
    result = timed_starts(run, "start-up, signed in", rounds, run.start)
    title = f"Start-up before the trivial server, ms, cores free; {rounds} rounds"
    yield Table(title, result, STARTUP)
