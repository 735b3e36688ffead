"""The policy in force, with every change of it in the audit log before it decides anything."""

from collections.abc import Callable

from localguard.audit.records import Chosen, ProfileChange
from localguard.config.active import ActiveProfile, Change
from localguard.policy.decide import Standing
from localguard.relay.recorder import Recorder


class RecordedPolicy:
    """A policy source for the gate. As long as `fault` says why, nothing passes."""

    def __init__(
        self, active: ActiveProfile, recorder: Recorder, fault: Callable[[], str | None]
    ) -> None:
        self._active = active
        self._recorder = recorder
        self._fault = fault

    def standing(self) -> Standing:
        """The policy in force now."""
        standing = self._active.standing()
        for change in self._active.changes():
            self._record(change)
        fault = self._fault()
        return standing if fault is None else Standing(None, fault)

    def _record(self, change: Change) -> None:
        self._recorder.tell(
            ProfileChange(
                name=change.name,
                digest=change.digest,
                change=change.change,
                fault=change.fault,
            )
        )
        if change.accepted:
            value = f"{change.name} {change.digest}"
            self._recorder.tell(Chosen(what="accepted", value=value, who="its first use"))
