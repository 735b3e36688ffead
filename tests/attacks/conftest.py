"""The stage that the tests of `tests/ways` play on."""

from tests.ways.conftest import stage

__all__ = ["stage"]
