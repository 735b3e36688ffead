"""An authorization server, an MCP server and a person, each real and each on this machine alone."""

from collections.abc import Generator

import pytest

from localguard.oauth.wire import Wire
from localguard.vault.memory import MemoryVault
from tests.credentials.authority import Authority, Resource, authorities, resources
from tests.credentials.person import Person


@pytest.fixture
def authority() -> Generator[Authority]:
    with authorities(Authority()) as found:
        yield found


@pytest.fixture
def resource(authority: Authority) -> Generator[Resource]:
    with resources(Resource(authority)) as found:
        yield found


@pytest.fixture
def person() -> Person:
    return Person()


@pytest.fixture
def vault() -> MemoryVault:
    return MemoryVault()


@pytest.fixture
def wire() -> Generator[Wire]:
    with Wire() as found:
        yield found
