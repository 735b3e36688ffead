"""What the panel of wider answers says: how long, what else, and the rule byte for byte."""

from collections.abc import Iterator, Sequence
from typing import Final

from textual.content import Content

from localguard.console.content import BLOCK, EMPTY, QUIET, content, plain
from localguard.console.queue.picked import Offered, Picked, matches, scopes
from localguard.console.services import Preview
from localguard.console.sheet import hanging, numbered_lines
from localguard.control.messages import RequestView, Scope

_SCOPES: Final[dict[Scope, tuple[str, str]]] = {
    "once": ("once", "this one call"),
    "minutes": ("15 min", "for 15 minutes"),
    "session": ("session", "while this client runs"),
    "switch": ("switch", "until the profile is switched"),
    "always": ("always", "written down, as it stands below"),
}
_MATCHES: Final = {
    "exact": ("these arguments", "exactly these arguments"),
    "some": ("some", "any arguments in which the marked ones are as they are here"),
    "tool": ("the tool", "any arguments at all"),
}
_HERE: Final = "$foreground bold reverse"
_BELOW: Final = plain(" " * 11)


def heading(view: RequestView) -> Content:
    """What is answered."""
    return plain("A wider answer to ") + content(f"{view.server}/{view.item}", 80)


def lines(
    view: RequestView,
    picked: Picked,
    offered: Offered,
    preview: Preview | None,
    width: int,
) -> Iterator[Content]:
    """Everything the panel says."""
    answer = (
        plain(" allow ", "$success reverse bold")
        if picked.allow
        else plain(" deny ", "$error reverse bold")
    )
    yield from hanging(plain("answer    ", QUIET), answer, width)
    yield from hanging(plain("how long  ", QUIET), _durations(view, picked), width)
    yield from hanging(_BELOW, plain(_SCOPES[picked.scope][1], QUIET), width)
    if picked.scope == "once":
        if picked.allow and view.remembered_as is None:
            yield from hanging(_BELOW, plain("it may not be remembered", QUIET), width)
        return
    yield from hanging(plain("what else ", QUIET), _matches(view, picked), width)
    yield from hanging(_BELOW, plain(_MATCHES[picked.match][1], QUIET), width)
    if picked.match == "some":
        yield from _offers(picked, offered, width)
    if picked.scope == "always":
        yield EMPTY
        yield from _written(preview, width)


def _durations(view: RequestView, picked: Picked) -> Content:
    known = scopes(view, allow=picked.allow)
    return _choices([(_SCOPES[one][0], one == picked.scope) for one in known])


def _matches(view: RequestView, picked: Picked) -> Content:
    return _choices(
        [(_MATCHES[one][0], one == picked.match) for one in matches(view, allow=picked.allow)]
    )


def _choices(choices: Sequence[tuple[str, bool]]) -> Content:
    parts = (plain(f" {word} ", _HERE if here else QUIET) for word, here in choices)
    return plain(" ").join(parts)


def _offers(picked: Picked, offered: Offered, width: int) -> Iterator[Content]:
    if not offered:
        yield plain("           none of its arguments can be fixed", "$warning")
    for at, (ways, way) in enumerate(zip(offered, picked.ways, strict=True)):
        cursor = "         ▶ " if at == picked.at else _BELOW
        said = plain("anything", QUIET)
        if way is not None:
            one = ways[way]
            said = Content.assemble((f"{one.test} ", QUIET), content(repr(one.value), 200))
        lead = Content.assemble(cursor, content(ways[0].name, 40, "$accent"), "  ")
        yield from hanging(lead, said, width)


def _written(preview: Preview | None, width: int) -> Iterator[Content]:
    if preview is None:
        yield plain("…", QUIET)
        return
    if preview.refused is not None:
        yield from hanging(plain("✗ ", "$error bold"), content(preview.refused, 400), width)
        return
    place = content(f"{preview.file}, after line {preview.line}", 400, QUIET)
    yield from hanging(plain("written to  ", QUIET), place, width)
    yield from numbered_lines(preview.toml.removesuffix("\n"), BLOCK, width)
    yield from hanging(EMPTY, content(preview.backtest, 400), width)
