"""`localguard profile ...` and `localguard lockdown ...`, read by Click."""

import click

from localguard.cli.exits import Exit
from localguard.cli.options import standard_output, with_json
from localguard.config.paths import places


@click.group()
def profile() -> None:
    """Make, edit, show, check and switch profiles."""


@profile.command("list")
@with_json
def list_(as_json: bool) -> int:
    """Every profile, which one is active, and which are broken."""
    from localguard.cli import profiles

    return profiles.list_profiles(places(), as_json=as_json, out=standard_output())


@profile.command()
@click.argument("name", required=False)
@with_json
def show(name: str | None, as_json: bool) -> int:
    """What a profile says (the active one without a NAME)."""
    from localguard.cli.profile_show import show as tell

    return tell(places(), name, as_json=as_json, out=standard_output())


@profile.command()
@click.argument("name")
@with_json
def use(name: str, as_json: bool) -> int:
    """Make a profile the active one.

    Shows what that changes. Every guard that runs follows at its next call.
    The first choice can be made by a script; every later one is taken from a
    terminal of yours only, not from the client's shell or what it has started.
    """
    from functools import partial

    from localguard.cli import profiles
    from localguard.cli.choosing import person_of
    from localguard.cli.switched import switched

    where = places()
    more = partial(switched, where)
    return profiles.use(where, name, person_of(where), more, as_json=as_json, out=standard_output())


@profile.command()
@click.argument("name")
@click.option("--template", metavar="T", default="", help="What it is made from; see above.")
@click.option("--from", "source", metavar="PROFILE", default="", help="Make a copy of this one.")
@click.option("--issuer", metavar="URL", default="", help="work-oidc: your provider's address.")
@click.option("--client-id", metavar="ID", default="", help="work-oidc: what it calls localguard.")
@click.option("--use", "at_once", is_flag=True, help="Make it the active profile, too.")
@click.option("--yes", is_flag=True, help="With --use: do not ask; who may is looked at.")
@with_json
def create(
    name: str,
    *,
    template: str,
    source: str,
    issuer: str,
    client_id: str,
    at_once: bool,
    yes: bool,
    as_json: bool,
) -> int:
    """Make a profile from a template, or from another one.

    The templates are balanced, readonly, strict, work-oidc and personal; a NAME
    that is one of them needs no --template. The servers that your clients start
    come along. It writes over nothing, and what it makes counts as accepted. It
    is taken from a terminal of yours only.
    """
    from functools import partial

    from localguard.cli.choosing import person_of
    from localguard.cli.profile_create import How, wanted
    from localguard.cli.profile_create import create as make
    from localguard.cli.switched import switched

    where = places()
    meant = wanted(name, template, source, (issuer, client_id))
    how, more = How(at_once, yes, as_json), partial(switched, where)
    return make(where, meant, how, person_of(where), more, out=standard_output())


@profile.command()
@click.argument("name", required=False)
def edit(name: str | None) -> int:
    """Edit a profile, look at the change, and accept it.

    Without a NAME it is the active one. It opens in $VISUAL or $EDITOR. What
    you write is checked, its tests are run, and what it changes is shown; with
    your yes it counts. It is taken from a terminal of yours only.
    """
    from localguard.cli.choosing import person_of
    from localguard.cli.profile_edit import edit as open_it
    from localguard.cli.text_editor import edit as editor
    from localguard.telling.known import seen

    where = places()
    return open_it(where, name, person_of(where), seen, editor, out=standard_output())


@profile.command()
@click.argument("name", required=False)
@with_json
def accept(name: str | None, as_json: bool) -> int:
    """Look at how a profile was changed, and accept it.

    Without a NAME it is the active one. A profile is accepted as it is when it
    is first used. What is changed later allows nothing more until it is
    accepted here: a model may have changed it. The answer is taken from a
    terminal of yours only.
    """
    from localguard.cli.accept import accept as look_at
    from localguard.cli.choosing import person_of
    from localguard.telling.known import seen

    where = places()
    person = person_of(where)
    return look_at(where, name, person, seen, as_json=as_json, out=standard_output())


@profile.command()
@click.argument("name", required=False)
@with_json
def validate(name: str | None, as_json: bool) -> int:
    """What is wrong with a profile.

    Every fault with its line and the fix, and on stderr what is seldom meant.
    Runs the tests of the profile, too; without a NAME it checks the active one.
    """
    from localguard.cli import profiles
    from localguard.telling.listed import listed

    return profiles.validate(places(), name, listed, as_json=as_json, out=standard_output())


@profile.command("test")
@click.argument("name", required=False)
@click.option("--last", metavar="N", type=click.IntRange(min=1), help="Judge recorded calls anew.")
@with_json
def test_(name: str | None, last: int | None, as_json: bool) -> int:
    """Run the tests of a profile, and show each.

    With --last it is the last N calls of the audit log that are judged, by
    this profile (the active one without a NAME): which would go otherwise?
    """
    from localguard.cli import profile_test

    if last is None:
        return profile_test.test(places(), name, as_json=as_json, out=standard_output())
    from localguard.audit.recalled import recalled

    return profile_test.test_last(
        places(), name, last, recalled, as_json=as_json, out=standard_output()
    )


@profile.command()
@click.argument("a")
@click.argument("b")
@with_json
def diff(a: str, b: str, as_json: bool) -> int:
    """How profile B differs from profile A, and for which tools."""
    from localguard.cli.profile_diff import diff as tell
    from localguard.telling.known import seen

    return tell(places(), (a, b), seen, as_json=as_json, out=standard_output())


@profile.command()
@click.argument("span", metavar="[3d|off]", required=False)
@click.option("--profile", "in_profile", metavar="P", help="This profile, not the active one.")
@with_json
def observe(span: str | None, in_profile: str | None, as_json: bool) -> int:
    """Let through what no rule names, for a while.

    It is noted for localguard learn. What a rule denies or asks stays so, and
    so does what is new, changed or destructive, or of a server that you have
    not reviewed. It ends by itself. To begin it is taken from a terminal of
    yours only; anybody may end it.
    """
    from datetime import datetime

    from localguard.cli.choosing import person_of
    from localguard.cli.observe import observe as tell

    where, now = places(), datetime.now().astimezone()
    person, out = person_of(where), standard_output()
    return tell(where, in_profile, span, person, now=now, as_json=as_json, out=out)


@profile.command()
def schema() -> int:
    """The JSON Schema of profiles, for editors."""
    from localguard.config.json_schema import profile_schema_text

    click.echo(profile_schema_text(), nl=False)
    return Exit.OK


@click.group(invoke_without_command=True)
@with_json
@click.pass_context
def lockdown(context: click.Context, as_json: bool) -> int | None:
    """Deny every call of every guard, until a person ends that.

    Without a command it says whether lockdown is on.
    """
    from localguard.cli.choosing import key_of
    from localguard.cli.lockdown import show as tell

    if context.invoked_subcommand is not None:
        return None
    where = places()
    return tell(where, key_of(where), as_json=as_json, out=standard_output())


@lockdown.command()
@with_json
def on(as_json: bool) -> int:
    """Deny every call from now on. Any program may do this."""
    return _turn(on=True, as_json=as_json)


@lockdown.command()
@with_json
def off(as_json: bool) -> int:
    """Let the profile decide again. Taken from a terminal of yours only."""
    return _turn(on=False, as_json=as_json)


def _turn(*, on: bool, as_json: bool) -> int:
    from localguard.cli.choosing import person_of
    from localguard.cli.lockdown import turn

    where = places()
    return turn(where, person_of(where), on=on, as_json=as_json, out=standard_output())
