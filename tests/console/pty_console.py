"""A program: the console over guards that say hostile things, for a real terminal of the tests."""

import anyio

from localguard.console.app import Console
from tests.console.stage import destructive, request
from tests.console.test_queue_hostile import CORPUS, desk_of, services_of


def everything() -> str:
    """All of the corpus in one text, the longest left out."""
    return " ".join(text for name, text in CORPUS.items() if name != "long line")


async def main() -> None:
    """Run until `q`."""
    text = everything()
    desk = desk_of(text)
    desk.arrive(destructive(), request("r-8", '{"x": "y"}'))
    desk.close("r-8", "denied", text)
    console = Console(desk.hub(), services_of(text).services())
    await console.run_async()


if __name__ == "__main__":
    anyio.run(main)
