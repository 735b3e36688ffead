"""What a switch of the profile does to the guards that run: who follows, what is withdrawn."""

from localguard.cli.attached import attached
from localguard.cli.exits import Exit
from localguard.config.paths import Places
from localguard.console.hub import Hub, Picture
from localguard.telling.counts import count
from localguard.telling.requests import target


def switched(where: Places) -> list[str]:
    """Lines for a person; none where no guard runs."""
    seen: list[Picture] = []

    async def look(hub: Hub) -> int:
        seen.append(hub.picture())
        return Exit.OK

    attached(where, look)
    return [line for picture in seen for line in lines(picture)]


def lines(picture: Picture) -> list[str]:
    """What becomes of these guards, and of what they hold."""
    fixed = {guard.id for guard in picture.guards if guard.fixed}
    held = [one.view for one in picture.held if one.guard not in fixed]
    told = [f"  guards    {len(picture.guards) - len(fixed)} follow at once"]
    if fixed:
        told.append(f"            {len(fixed)} hold on to a profile of their own (--profile)")
    if held:
        names = ", ".join(target(view) for view in held[:5])
        more = f" and {len(held) - 5} more" if len(held) > 5 else ""
        told.append(f"  waiting   {count(len(held), 'call')} withdrawn: {names}{more}")
    return told if picture.guards else []
