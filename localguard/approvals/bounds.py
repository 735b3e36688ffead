"""How much may wait at one desk: a flood of calls must exhaust neither memory nor a person."""

from dataclasses import dataclass

from localguard.approvals.register import Register
from localguard.approvals.request import Request, cost

_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Bounds:
    """At most so many open requests, live calls in one of them, and bytes of all calls together."""

    requests: int = 1000
    calls: int = 1000
    memory: int = _BYTES

    def why_not(self, register: Register, joined: Request | None, size: int) -> str | None:
        """Why a call of this size cannot wait too, in a new request or with others in one."""
        if joined is None and len(register) >= self.requests:
            return f"{self.requests} requests wait for a person already"
        if joined is not None and len(joined.live) >= self.calls:
            return f"{self.calls} calls like this one wait for a person already"
        if sum(request.weight for request in register) + cost(size) > self.memory:
            return "the calls that wait for a person take up too much memory already"
        return None
