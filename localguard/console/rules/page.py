"""The screen of rules and grants: all that lets calls pass or keeps them from it, and for how long.

Only what localguard wrote can be taken back here; a rule that was written by hand is shown with its
place. To take a no back, and to undo, can let more through: both end with four digits.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import datetime
from typing import ClassVar, Final

from textual import on
from textual.content import Content
from textual.events import Key, ScreenResume

from localguard.console.confirm import Confirm, undoes
from localguard.console.content import QUIET, content, plain
from localguard.console.hub import Picture
from localguard.console.keys import Command
from localguard.console.panes.lines import Line, told
from localguard.console.panes.split import Split
from localguard.console.rules.ports import Found, Rules
from localguard.console.rules.rows import Thing, keyed, rows
from localguard.console.rules.told import (
    told_of_answer,
    told_of_grant,
    told_of_passing,
    told_of_rule,
    told_of_suggestion,
)
from localguard.console.services import Surroundings, Told
from localguard.console.sheet import hanging
from localguard.control.messages import GrantView
from localguard.telling.counts import count
from localguard.telling.fatigue import MANY, Suggestion
from localguard.telling.live_rules import Live, LiveAnswer, LiveRule, Passing

_SECOND: Final = 1.0
_PERIOD: Final = 10.0
"""Seconds between two looks at files and log."""


class RulesPage(Split):
    """Rules, answers, grants, suggestions."""

    WORD: ClassVar[str] = "rules"

    def __init__(self, around: Surroundings, rules: Rules) -> None:
        super().__init__(around)
        self._rules = rules
        self._found = Found(None)
        self._things: dict[str, Thing] = {}
        self._tried: dict[str, Sequence[str]] = {}
        self._grants: Sequence[GrantView] = ()
        self._withdrawn: set[str] = set()
        """The requests whose answers were taken back here: a guard may still list its grant."""

    def own_commands(self) -> Sequence[Command]:
        """To try, and to take back."""
        return (
            Command("b", "back-test", lambda _: self._try(), self._can_try),
            Command("d", "take back", lambda _: self._delete(), self._can_delete),
            Command("u", "undo last", lambda _: self._undo(), self._can_undo),
            Command("r", "read again", self._read_all, quiet=True),
        )

    def changed(self, picture: Picture) -> None:
        """Grants come and go with the guards."""
        if picture.grants != self._grants:
            self._grants = picture.grants
            self._read_all()
        self._draw()

    def describe(self, key: str | None) -> Sequence[Line]:
        """What the marked line stands for, and what its trial said."""
        if key is None or key not in self._things:
            return told([self._found.fault or "There is no rule: every call gets the default."])
        lines = list(self._told(self._things[key]))
        if key in self._tried:
            lines += ["", *self._tried[key]]
        return told(lines)

    @on(ScreenResume)
    def _begin_looking(self) -> None:
        self._read_all()

    def on_mount(self) -> None:
        """Count time down, and look at the files now and then, while this is on the screen."""
        self.set_interval(_SECOND, self._tick)
        self.set_interval(_PERIOD, self._look_again)

    def _tick(self) -> None:
        if self.is_current and (self._grants or self._timed()):
            self._draw()

    def _look_again(self) -> None:
        if self.is_current:
            self._read_all()

    def _read_all(self, _: Key | None = None) -> None:
        self.work(self._take, "live")

    async def _take(self) -> None:
        self._found = await self._rules.live()
        self._draw()

    def _timed(self) -> bool:
        return any(isinstance(one, Passing | LiveAnswer) for one in self._things.values())

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.around.clock()).astimezone()

    def _draw(self) -> None:
        live = self._found.live
        if live is None:
            self._things = {}
            self.head(content(self._found.fault or "reading…", 200, "$warning"))
        else:
            grants = [one for one in self._grants if one.id not in self._withdrawn]
            self._things = keyed(live, grants)
            self.head(_head(live, self._found.fault))
        self.fill(list(rows(self._things, self._now(), figures=self._figures())))

    def _figures(self) -> bool:
        live = self._found.live
        return live is not None and live.calls > 0

    def _told(self, one: Thing) -> Iterator[str]:
        match one:
            case LiveRule():
                return told_of_rule(one, self.around.services.places, figures=self._figures())
            case LiveAnswer():
                return told_of_answer(one)
            case Passing():
                return told_of_passing(one, self._now())
            case GrantView():
                return told_of_grant(one, self._now())
            case Suggestion():
                return told_of_suggestion(one)

    def _marked_thing(self) -> Thing | None:
        return self._things.get(self.marked or "")

    def _can_try(self) -> bool:
        return isinstance(self._marked_thing(), LiveRule | LiveAnswer)

    def _can_delete(self) -> bool:
        one = self._marked_thing()
        return _entry(one) is not None or _request(one) is not None

    def _can_undo(self) -> bool:
        return self._found.live is not None

    def _try(self) -> None:
        one, key = self._marked_thing(), self.marked
        if isinstance(one, LiveRule | LiveAnswer) and key is not None:
            place = one.place
            self.say(plain("trying the last calls…", QUIET))
            self.work(lambda: self._take_trial(key, place), "trial")

    async def _take_trial(self, key: str, place: str) -> None:
        self._tried[key] = await self._rules.tried(place)
        self.say(content(self._tried[key][0] if self._tried[key] else "", 200))
        self.describe_again()

    def _delete(self) -> None:
        one = self._marked_thing()
        if one is None:
            return
        entry, request, lines = _entry(one), _request(one), list(self._told(one))
        if entry is not None:
            self._confirm(f"Delete {entry}?", lines, "delete it", lambda: self._rules.remove(entry))
        elif request is not None:
            question = f"Take back the answer to {request}?"
            self._confirm(question, lines, "take it back", lambda: self._take_back(request))

    async def _take_back(self, request: str) -> Told:
        done = await self._rules.take_back(request)
        if done.done:
            self._withdrawn.add(request)
        return done

    def _undo(self) -> None:
        self._ask(undoes(self.around), self._rules.undo)

    def _confirm(
        self,
        question: str,
        lines: Sequence[str],
        deed: str,
        do: Callable[[], Awaitable[Told]],
    ) -> None:
        def made(width: int) -> Iterator[Content]:
            for line in lines:
                yield from hanging(plain(""), content(line, 400), width)

        self._ask(Confirm(self.around, content(question, 160), made, deed), do)

    def _ask(self, box: Confirm, do: Callable[[], Awaitable[Told]]) -> None:
        async def done() -> None:
            self.say(await do())
            # In the place of what is being read: that may be from before.
            self._read_all()

        def answered(typed: bool | None) -> None:
            if typed:
                self.work(done, "change")

        self.over(box, answered)


def rules_page(rules: Rules) -> Callable[[Surroundings], RulesPage]:
    """How the console makes this screen."""
    return lambda around: RulesPage(around, rules)


def _entry(one: Thing | None) -> str | None:
    """The id of what localguard wrote itself."""
    if isinstance(one, LiveAnswer):
        return one.id
    if isinstance(one, LiveRule) and one.source == "remembered":
        return one.id
    return None


def _request(one: Thing | None) -> str | None:
    """The request whose answer holds for a while."""
    return one.id if isinstance(one, Passing | GrantView) else None


def _head(live: Live, trouble: str | None) -> Content:
    never = sum(rule.never_matched for rule in live.rules) if live.calls else 0
    asked = live.fatigue.last_hour
    pausing = ", ".join(name or "an unnamed client" for name in live.fatigue.pausing)
    return Content.assemble(
        content(live.profile, 40, "bold"),
        f"  {count(len(live.rules), 'rule')}, {count(len(live.answers), 'answer')}",
        (f", {never} never matched" if never else "", "$warning"),
        f"  by the last {count(live.calls, 'call')}"
        if live.calls
        else "  no call was recorded yet",
        (f", {asked} asked within the hour" if asked else ""),
        ("  pause " if pausing else "", "$warning"),
        content(pausing, 60, "$warning"),
        (f": more than {MANY} questions in an hour" if pausing else "", "$warning"),
        ("  ✗ " if trouble else "", "$error"),
        content(trouble or "", 200, "$error"),
    )
