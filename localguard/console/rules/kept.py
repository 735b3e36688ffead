"""What is answered for a while, from the files that all guards share; for whichever client."""

from collections.abc import Callable, Sequence

from localguard.approvals.leaves import Leaves
from localguard.telling.live_rules import Passing
from localguard.telling.passing import passing


class KeptAnswers:
    """`Kept` over leaves. `leaves` gives those of the profile as it is in force at that moment."""

    def __init__(self, leaves: Callable[[], Leaves]) -> None:
        self._leaves = leaves

    def listed(self) -> Sequence[Passing]:
        """All that holds, the oldest first."""
        return [passing(one) for one in self._leaves().listed(anyones=True)]

    def remove(self, request: str) -> bool:
        """Take back what was given to a request; whether there was anything."""
        return self._leaves().remove(request, anyones=True)
