"""A program: the console over guards that say hostile things, for a real terminal of the tests."""

from dataclasses import replace

import anyio

from localguard.console.app import Console
from localguard.console.sign_ins import Visit
from localguard.telling.signing_out import SignedOut
from tests.console.stage import EPOCH, destructive, request
from tests.console.test_queue_hostile import CORPUS, desk_of, services_of
from tests.console.traveller import TOKEN, Traveller, ana


def everything() -> str:
    """All of the corpus in one text, the longest left out."""
    return " ".join(text for name, text in CORPUS.items() if name != "long line")


async def main() -> None:
    """Run until `q`."""
    text = everything()
    desk = desk_of(text)
    desk.arrive(destructive(), request("r-8", '{"x": "y"}'))
    desk.close("r-8", "denied", text)
    services = services_of(text)
    services.signed = ana(issuer=text, name=text, user=text, groups=(text,), until=EPOCH)
    services.sign_ins = Traveller(
        listed=(services.signed, replace(TOKEN, server=text, url=text)),
        visit=Visit(text, said=text, paste=lambda _: None),
        out=SignedOut(revoked=False, removed=False, revoked_said=text, removed_said=text),
    )
    console = Console(desk.hub(), services.services())
    await console.run_async()


if __name__ == "__main__":
    anyio.run(main)
