"""Who is signed in for a profile, as guards see it now."""

import os
from collections.abc import Iterator
from typing import Final

from localguard import seals
from localguard.doctor.check import Finding, Scene
from localguard.doctor.findings import Findings
from localguard.errors import ProfileFault
from localguard.identity.card import SIGNED_OUT, Card, name_of
from localguard.identity.cards import cards_folder
from localguard.identity.followed import FollowedIdentity
from localguard.identity.session_policy import ends_at
from localguard.policy.people import Identity, SignIn
from localguard.telling.fields import moment, span
from localguard.text import safe
from localguard.vault.keys import Keys

_IDENTITY: Final = Findings("identity")


def followed(scene: Scene) -> FollowedIdentity:
    """The sign-ins of this person. Makes no key."""
    folder = cards_folder(scene.places.state)
    return FollowedIdentity(folder, lambda: _key(scene), lambda: scene.now().timestamp())


def person(
    scene: Scene, profile: str, sign_in: SignIn, sign_ins: FollowedIdentity
) -> Iterator[Finding]:
    """Who is signed in, since when, and how old what is known of them is."""
    found, card = sign_ins.person(sign_in), sign_ins.card(sign_in)
    name = f"{profile}.sign-in"
    if isinstance(found, Identity):
        what = f"{safe(found.name, 60)} ({safe(found.user, 60)}) is signed in for {profile}"
        yield _IDENTITY.ok(name, what, {} if card is None else _times(card, sign_in, scene))
    elif sign_in.required or not _by_choice(scene, sign_in, card):
        needed = f"{profile} requires a sign-in: " if sign_in.required else f"for {profile}, "
        told = {"issuer": sign_in.issuer}
        yield _IDENTITY.warn(name, f"{needed}{found.reason}", found.fix, told)
    else:
        what = f"nobody is signed in for {profile}, which does not require it"
        yield _IDENTITY.ok(name, what, {"issuer": sign_in.issuer})


def _by_choice(scene: Scene, sign_in: SignIn, card: Card | None) -> bool:
    """Whether nobody wanted to be signed in: a card that is void, or has aged, says otherwise."""
    if card is not None:
        return card.ended == SIGNED_OUT
    name = f"{name_of(sign_in.issuer, sign_in.client_id)}.json"
    return not os.path.lexists(os.path.join(cards_folder(scene.places.state), name))


def _key(scene: Scene) -> bytes:
    found = Keys(scene.places.vault).find(seals.PEOPLE)
    if found is None:
        raise ProfileFault("the key of the sign-in's seal is gone", fix="localguard login")
    return found.secret


def _times(card: Card, sign_in: SignIn, scene: Scene) -> dict[str, str]:
    now = scene.now().timestamp()
    told = {"issuer": card.issuer, "subject": card.subject}
    told["since"] = moment(card.signed_in_at, now)
    told["claims"] = f"confirmed {span(now - card.confirmed_at)} ago"
    if (ends := ends_at(card, sign_in)) is not None:
        told["until"] = f"{moment(ends, now)} (in {span(ends - now)})"
    if card.out_of_reach is not None:
        told["out of reach"] = f"since {moment(card.out_of_reach, now)}"
    return told
