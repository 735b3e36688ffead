"""Which addresses of providers and servers are fit to be asked, opened or compared. Pure."""


def require_safe_url(url: str, *, what: str, where: str, named_by: str | None = None) -> str:
    """The address itself, if it may be asked and opened. Raises SignInFault otherwise.

    It is https, or http to a literal loopback address or `localhost`, and has no user, no fragment
    and no character that a URL cannot have. `what` names the address in the fault ("the token
    endpoint"), `where` is whose it is. An address that another server has named (`named_by`, its
    URL) is neither loopback nor private, unless that server is so too.
    """
    raise NotImplementedError


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine by its very words, without asking for a name."""
    raise NotImplementedError


def origin_of(url: str) -> str:
    """Scheme, host and port as RFC 6454 section 6.1 writes them. Raises ValueError for none."""
    raise NotImplementedError


def resource_of(url: str) -> str:
    """The resource indicator of a server's URL (RFC 8707 section 2, as the MCP spec has it).

    Lower-case scheme and host, no default port, no fragment, no trailing slash.
    Raises ValueError for what is no http address.
    """
    raise NotImplementedError
