"""A site, and the wire to it."""

from collections.abc import Generator

import pytest

from localguard.oauth.wire import Wire
from tests.oauth.site import Site, site


@pytest.fixture
def op() -> Generator[Site]:
    """A provider of the test's own making; nothing is there yet."""
    with site() as started:
        yield started


@pytest.fixture
def wire() -> Generator[Wire]:
    """The wire, patient as for people."""
    with Wire() as opened:
        yield opened
