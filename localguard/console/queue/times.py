"""How long something has waited and may still wait, in few characters. Pure."""

from localguard.console.hub import Held


def left(held: Held, monotonic: float, epoch: float) -> str:
    """What is left of a request: `0:41` until its clients stop waiting, `held 12m` until it lapses.

    The first counts by the console's monotonic clock, so that no change of the time moves it.
    """
    view = held.view
    match view.state:
        case "waiting":
            seconds = max(0, int(view.left - (monotonic - held.seen_at)))
            return f"{seconds // 60}:{seconds % 60:02}"
        case "sending":
            return "sending"
        case "held":
            return f"held {span(view.until - epoch)}"


def span(seconds: float) -> str:
    """`40s`, `12m`, `3h`; never below zero."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole}s"
    return f"{whole // 60}m" if whole < 3600 else f"{whole // 3600}h"
