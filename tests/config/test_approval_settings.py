"""`[approvals]` of config.toml."""

from pathlib import Path

import pytest

from localguard.config.approval_settings import ApprovalSettings, approval_settings
from localguard.config.faults import faults_of
from localguard.config.settings import read_settings
from localguard.errors import ProfileFault
from tests.config.makers import written


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ApprovalSettings()),
        ("[approvals]\n", ApprovalSettings()),
        ('[approvals]\nhold = "4m"\n', ApprovalSettings(hold=240)),
        ('[approvals]\nhold = "0s"\n', ApprovalSettings(hold=0)),
        ('[approvals]\nnotify = "off"\n', ApprovalSettings(notify=False)),
        ('[approvals]\nnotify = "attention"\n', ApprovalSettings()),
        ("[[[", ApprovalSettings()),
    ],
)
def test_each_key_is_read(tmp_path: Path, text: str, expected: ApprovalSettings) -> None:
    """Promise: a missing table or key means the default."""
    assert approval_settings(written(tmp_path, text)) == expected


def test_no_file_means_the_defaults(tmp_path: Path) -> None:
    """Nothing has to be set."""
    assert approval_settings(str(tmp_path / "config.toml")) == ApprovalSettings()


def test_its_faults_are_told_with_those_of_the_file(tmp_path: Path) -> None:
    """A guard that starts with a broken file denies, whatever table is broken."""
    path = written(tmp_path, '[approvals]\nhold = "soon"\nnotify = "loud"\nhodl = "1s"\n')
    with pytest.raises(ProfileFault) as raised:
        read_settings(path)
    told = [fault.explain() for fault in faults_of(raised.value)]
    assert told == [
        'config.toml:2: hold cannot be "soon".'
        ' Fix: write for example "45s" or "4m", or "0s" to hold no client up.',
        'config.toml:3: notify cannot be "loud". Fix: use one of attention, off.',
        'config.toml:4: unknown key "hodl". Fix: did you mean "hold"?',
    ]
