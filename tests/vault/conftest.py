"""The Secret Service that some tests of the vault talk to."""

from tests.providers.secret_service import locked_service, prompting_service, secret_service

__all__ = ["locked_service", "prompting_service", "secret_service"]
