"""The console as a command: started so that a person waits as little as can be."""

import gc

from localguard.cli.exits import Exit
from localguard.config.paths import Places


def run(where: Places, *, theme: str) -> Exit:
    """Show the console until the person leaves it; the exit code."""
    # To load makes many objects and no garbage, and to look for it costs a tenth of the start.
    # It is looked for again once the first screen is drawn.
    gc.disable()
    from localguard.cli.console_start import show

    show(where, theme)
    return Exit.OK
