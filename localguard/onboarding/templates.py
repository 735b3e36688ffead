"""The profiles that `init` begins with: rules by marks, for whatever servers the clients had.

Their texts lie beside this module, so that an installed localguard has them too.
"""

import os
import re
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from localguard import whole_file
from localguard.clients.toml_words import toml_value
from localguard.config.json_schema import profile_schema_text
from localguard.config.paths import Places
from localguard.errors import UsageFault

SIGN_IN: Final = "work-oidc"
"""The one that asks who sits there."""
DEFAULT: Final = "balanced"
_FOLDER: Final = "templates"
_SCHEMA: Final = "profile.schema.json"


@dataclass(frozen=True, slots=True)
class Template:
    """One of them, and what it does in a few words."""

    name: str
    about: str


TEMPLATES: Final = (
    Template("balanced", "reads are free, changes are asked"),
    Template("readonly", "reads are free, changes are denied"),
    Template("strict", "reads are free, changes are asked each time, what is new is denied"),
    Template("work-oidc", "nothing without your company's sign-in, then as balanced"),
    Template("personal", "few questions, more once a stranger's words were read"),
)
NAMES: Final = tuple(one.name for one in TEMPLATES)


@dataclass(frozen=True, slots=True)
class SignIn:
    """Who says who sits there, as the provider has it."""

    issuer: str
    client_id: str


def about(name: str) -> str:
    """What a template does in a few words."""
    return next(one.about for one in TEMPLATES if one.name == name)


def profile_text(template: str, sign_in: SignIn | None = None) -> str:
    """The text of a profile. Raises UsageFault where a sign-in is wanted and there is none."""
    text = files(__package__).joinpath(_FOLDER, f"{template}.toml").read_text("utf-8")
    if template != SIGN_IN:
        return text
    if sign_in is None:
        what = f"{SIGN_IN} needs to know who says who you are"
        raise UsageFault(what, fix="give --issuer URL and --client-id ID")
    text = _with_line(text, "issuer", sign_in.issuer)
    return _with_line(text, "client_id", sign_in.client_id)


def _with_line(text: str, key: str, value: str) -> str:
    before, _, after = re.split(rf"^({key} = .*)$", text, maxsplit=1, flags=re.MULTILINE)
    return f"{before}{key} = {toml_value(value)}{after}"


def schema_path(places: Places) -> str:
    """The file that the first line of each text refers to."""
    return os.path.join(places.profiles, _SCHEMA)


def write_schema(places: Places) -> None:
    """Have that file there; one that lies there is left as it is. Raises OSError."""
    if not os.path.lexists(schema_path(places)):
        whole_file.replace(schema_path(places), profile_schema_text().encode())
