"""`localguard audit verify` and `audit prune`: whether the log can be believed, and how long it is.

Puts together what the audit log, the vault and the settings know; each knows nothing of the others.
"""

import secrets
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, TextIO

from localguard.audit.checkpoints import Mark, Signer, marks
from localguard.audit.findings import Finding
from localguard.audit.folders import name_of
from localguard.audit.journal import Journal
from localguard.audit.moments import as_recorded, moment
from localguard.audit.retention import Plan, plan
from localguard.audit.settings import Settings
from localguard.audit.sources import sources
from localguard.audit.verify import Verification
from localguard.audit.witness import FILE
from localguard.cli.exits import Exit
from localguard.cli.output import print_json, print_lines
from localguard.config.paths import Places
from localguard.config.settings import read_settings
from localguard.errors import AuditFault
from localguard.vault.keys import Keys

SIGNING_KEY: Final = "audit-sign"
_STDIN: Final = "-"


def verify(
    where: Places,
    *,
    since: str | None,
    witness: str | None,
    as_json: bool,
    out: TextIO,
    err: TextIO | None = None,
    stdin: TextIO | None = None,
) -> int:
    """Print what is found in the log, one line each; 0, or 1 when something speaks against it.

    `witness` is a file with what a witness wrote down, "-" for standard input; without it the one
    of config.toml is read, if that is a file. Raises AuditFault, ProfileFault, UsageFault.
    """
    every = sources(where.audit)
    names = {source.name for source in every}
    if since is not None:
        day = as_recorded(moment(since, datetime.now().astimezone(), "--since"))[:10]
        # A segment is of one day.
        every = [source for source in every if source.name >= day]
    place = witness or _witness_of(where, err or sys.stderr)
    key = Keys(where.vault).find(SIGNING_KEY)
    check = Verification(
        every,
        names=names,
        signer=None if key is None else Signer(key.secret, key.protection),
        told=() if place is None else _told(place, stdin or sys.stdin),
    )
    against = _print_json(check, out) if as_json else _print_lines(check, out)
    return Exit.FAILURE if against else Exit.OK


def _witness_of(where: Places, err: TextIO) -> str | None:
    """The file of the witness that is set, if it is one."""
    configured = read_settings(where.config).witness
    if configured is None or configured.startswith(FILE):
        return configured and configured.removeprefix(FILE)
    hint = "journalctl -t localguard | localguard audit verify --witness -"
    print(f"the witness {configured} was not asked. To ask it: {hint}", file=err)
    return None


def _told(place: str, stdin: TextIO) -> list[Mark]:
    """What a witness wrote down. Raises AuditFault when it cannot be read."""
    if place == _STDIN:
        return list(marks(stdin))
    try:
        with open(place, encoding="utf-8", errors="replace") as file:
            return list(marks(file))
    except OSError as error:
        what = f"the witness cannot be read: {error.strerror or error}"
        fix = "bring the file back, or name a copy with --witness"
        raise AuditFault(what, where=place, fix=fix) from error


def _print_json(check: Verification, out: TextIO) -> int:
    """Print everything as one object; how much speaks against the log."""
    found = list(check.findings())
    gathered = check.gathered
    against = sum(not one.is_note for one in found)
    summary = {
        "segments": gathered.segments,
        "records": gathered.records,
        "checkpoints": gathered.checkpoints,
        "vouched": gathered.vouched,
        "protection": gathered.protection,
        "findings": against,
        "notes": len(found) - against,
    }
    print_json(out, {"findings": [_as_json(one) for one in found], "summary": summary})
    return against


def _as_json(one: Finding) -> Mapping[str, object]:
    return {
        "kind": one.kind,
        "note": one.is_note,
        "segment": one.segment or None,
        "line": one.line,
        "what": one.what,
        "fix": one.remedy,
    }


def _print_lines(check: Verification, out: TextIO) -> int:
    """Print a line for each finding, and one for all; how much speaks against the log."""
    against = notes = 0
    for one in check.findings():
        notes += one.is_note
        against += not one.is_note
        print_lines(out, [f"{one.place}  {one.kind}  {one.what}. Do: {one.remedy}"])
    gathered = check.gathered
    counts = f"{_some(against, 'finding')} and {_some(notes, 'note')}"
    read = f"{_some(gathered.records, 'record')} in {_some(gathered.segments, 'segment')}"
    signed = f"last checkpoint {gathered.vouched}" if gathered.vouched else "no checkpoint"
    print_lines(out, [f"{counts}: {read}, {signed}"])
    return against


def prune(where: Places, *, dry_run: bool, as_json: bool, out: TextIO) -> int:
    """Remove the segments that need not be kept any longer; 0, or 1 when some would not go.

    Raises AuditFault and ProfileFault.
    """
    chosen = read_settings(where.config)
    settings = Settings(
        chosen.durability,
        chosen.arguments,
        chosen.keep_days,
        chosen.keep_mebibytes,
        chosen.witness,
    )
    due = plan(where.audit, settings, datetime.now(UTC))
    names = [] if due is None else [name_of(path) for path in due.paths]
    removed = 0 if due is None or dry_run else _remove(where, settings, due)
    size = 0 if due is None else due.bytes
    if as_json:
        told = {"dry_run": dry_run, "segments": names, "bytes": size, "removed": removed}
        print_json(out, told)
    else:
        print_lines(out, names if dry_run else [])
        done = f"{_some(len(names), 'segment')} of {size / (1 << 20):.1f} MiB"
        stay = f", {len(names) - removed} of them could not be removed now"
        what = f"{done} would go" if dry_run else f"{done} removed"
        print_lines(out, [what + (stay if removed < len(names) and not dry_run else "")])
    return Exit.OK if dry_run or removed == len(names) else Exit.FAILURE


def _remove(where: Places, settings: Settings, due: Plan) -> int:
    """Record what goes, signed and on disk, and then let it go; how many went."""
    key = Keys(where.vault).key(SIGNING_KEY)
    signer = Signer(key.secret, key.protection)
    journal = Journal(
        where.audit,
        clock=time.time,
        monotonic=time.monotonic,
        instance=f"prune-{secrets.token_hex(3)}",
        settings=settings,
        signer=lambda: signer,
    )
    try:
        journal.write(due.record(signer), durable=True)
        return due.carry_out()
    finally:
        journal.close()


def _some(count: int, what: str) -> str:
    return f"{count} {what}" + ("" if count == 1 else "s")
