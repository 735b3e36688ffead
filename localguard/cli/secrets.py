"""`secret set`, `list`, `remove` and `allow`: what a person does with the secrets of servers.

Whatever could hand a secret to somebody else, or exchange one, is taken from a person only and is
in the audit log before it is done. No value is ever printed.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import TextIO

from localguard.cli.choosing import Act, Person, print_refusal
from localguard.cli.exits import Exit
from localguard.cli.output import print_json, print_lines
from localguard.errors import UsageFault
from localguard.redaction.registered import MIN_LENGTH
from localguard.telling.values import local_time
from localguard.text import safe
from localguard.vault.bindings import Binding
from localguard.vault.named import NamedSecrets, SecretInfo

Bind = Callable[[], Binding]


def keep(
    secrets: NamedSecrets,
    name: str,
    value: str,
    binding: Binding | None,
    person: Person,
    *,
    out: TextIO,
    err: TextIO | None = None,
) -> Exit:
    """Keep a value. Raises UsageFault, VaultFault, AuditFault."""
    replaced = secrets.has(name)
    if replaced or binding is not None:
        # Whoever exchanges a token sends what the server writes to an account of theirs; whoever
        # binds a name that is free has the secret that a person gives later.
        if (why := person.refused()) is not None:
            what = f"{name} keeps its value" if replaced else f"{name} is not kept"
            return _refused(what, why, out, err)
        what = f"{name} {'replaced' if replaced else 'kept'}"
        whom = "" if binding is None else f" for {safe(binding.server)}: {safe(binding.shown, 400)}"
        Act(person, "secret", what + whom).must()
    secrets.set(name, value, binding)
    print_lines(out, _kept(name, value, secrets.bound(name), replaced=replaced))
    return Exit.OK


def list_secrets(secrets: NamedSecrets, *, as_json: bool, out: TextIO) -> Exit:
    """Print every secret without its value. Raises VaultFault."""
    listed = secrets.listed()
    if as_json:
        print_json(out, {"secrets": [_fields(one) for one in listed]})
    elif listed:
        print_lines(out, (line for one in listed for line in _lines(one)))
    else:
        print_lines(out, ["no secrets are kept; localguard secret set NAME keeps one"])
    return Exit.FAILURE if any(one.fault for one in listed) else Exit.OK


def remove_secret(
    secrets: NamedSecrets, name: str, person: Person, *, out: TextIO, err: TextIO | None = None
) -> Exit:
    """Remove a secret. Raises UsageFault, VaultFault, AuditFault."""
    if not secrets.has(name):
        _unknown(name)
    if (why := person.refused()) is not None:
        return _refused(f"{name} is not removed", why, out, err)
    Act(person, "secret", f"{name} removed").must()
    secrets.remove(name)
    lines = [f"removed {name}", "revoke it where it was issued, too, if nothing needs it any more"]
    print_lines(out, lines)
    return Exit.OK


def allow_secret(
    secrets: NamedSecrets,
    name: str,
    server: str,
    defined: Bind,
    person: Person,
    *,
    yes: bool,
    out: TextIO,
    err: TextIO | None = None,
) -> Exit:
    """Let one more server have a secret. Raises UsageFault, VaultFault, AuditFault."""
    asked = [one for one in secrets.pending(name) if one.server == server]
    binding = asked[-1] if asked else defined()
    shown = f"{safe(binding.server)}: {safe(binding.shown, 400)}"
    if (why := person.refused()) is not None:
        return _refused(f"{name} stays bound as it is", why, out, err)
    if not yes and not person.ask(f"Let this server have {name}? {shown}"):
        print_lines(out, [f"{name} stays bound as it is"])
        return Exit.DENIED
    Act(person, "secret", f"{name} allowed for {shown}").must()
    secrets.allow(name, binding)
    print_lines(out, [f"{name} may go to {shown}"])
    return Exit.OK


def _kept(name: str, value: str, bound: tuple[Binding, ...], *, replaced: bool) -> Iterator[str]:
    yield f"{'replaced' if replaced else 'kept'} {name}; in the profile: secret:{name}"
    for binding in bound:
        yield f"  for {safe(binding.server)}: {safe(binding.shown)}"
    if not bound:
        yield "  the first server that it goes to is the one that it is for"
    if len(value) < MIN_LENGTH:
        yield f"  with less than {MIN_LENGTH} characters it is not looked for in what servers say"


def _lines(one: SecretInfo) -> Iterator[str]:
    if one.fault is not None:
        yield f"{one.name}  {one.fault}"
        return
    since = local_time({"t": one.made})
    yield f"{one.name}  {one.fingerprint}  {since}{'' if one.bound else '  not yet bound'}"
    for binding in one.bound:
        yield f"  for {safe(binding.server)}: {safe(binding.shown)}"
    for binding in one.pending:
        server = safe(binding.server)
        yield f"  refused to {server}: {safe(binding.shown)}"
        yield f"    if it may have it: localguard secret allow {one.name} {server}"


def _fields(one: SecretInfo) -> dict[str, object]:
    return asdict(one)


def _unknown(name: str) -> None:
    raise UsageFault(
        f"there is no secret {safe(name)} in the vault",
        fix="take a name from: localguard secret list",
    )


def _refused(what: str, why: str, out: TextIO, err: TextIO | None) -> Exit:
    return print_refusal(what, why, as_json=False, out=out, err=err)
