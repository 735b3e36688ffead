"""What `init --json` prints. No value of a secret is in it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from localguard.clients.found import ConfigFile
from localguard.clients.table import Client
from localguard.onboarding.carrying_out import Work
from localguard.onboarding.moving import Moved
from localguard.onboarding.self_test import Denied
from localguard.onboarding.trying import Tried

Fields = dict[str, object]


def found_fields(files: Sequence[ConfigFile]) -> Fields:
    """The files of clients."""
    return {"found": [_file(one) for one in files]}


def plan_fields(work: Work) -> Fields:
    """What is to be done."""
    chosen, connection = work.chosen, work.connection
    profile = {"name": chosen.name, "template": chosen.template or None, "before": chosen.active}
    guarded = [
        {"client": one.file.client.name, "path": one.file.path, "name": one.name}
        | {"server": one.server}
        for one in connection.taken
    ]
    left = [
        {"client": one.file.client.name, "name": one.entry.name, "why": one.unfit.why}
        | {"fix": one.unfit.fix}
        for one in connection.left
    ]
    moved = () if work.moves is None else work.moves.moved
    secrets = [_secret(one) for one in moved]
    return {"plan": {"profile": profile, "secrets": secrets, "guarded": guarded, "left": left}}


def done_fields(
    prints: Mapping[str, str], tried: Sequence[Tried], denied: Denied, clients: Iterable[Client]
) -> Fields:
    """What came of it."""
    return {
        "fingerprints": dict(prints),
        "servers": [
            {"server": one.server, "tools": one.tools, "fault": one.fault or None} for one in tried
        ],
        "self_test": {"denied": True, **asdict(denied)},
        "restart": {one.name: one.restart for one in clients},
        "way_back": "localguard disconnect --all",
    }


def _file(file: ConfigFile) -> Fields:
    fault = None if file.fault is None else file.fault.explain()
    servers = [one.name for one in file.entries]
    return {
        "client": file.client.name,
        "path": file.path,
        "servers": servers,
        "fault": fault,
    }


def _secret(one: Moved) -> Fields:
    return {
        "name": one.name,
        "server": one.server,
        "place": one.place,
        "called": one.called,
        "fresh": one.fresh,
    }
