"""Who is signed in for a profile, as a person is told of it. Reads the sign-in's card alone."""

import time

from localguard.cli.choosing import people_key_of
from localguard.config.paths import Places
from localguard.identity.card import SIGNED_OUT, Card
from localguard.identity.cards import cards_folder
from localguard.identity.followed import FollowedIdentity
from localguard.policy.people import Identity, SignIn
from localguard.telling.people import SignInView


def followed(where: Places) -> FollowedIdentity:
    """The sign-ins of this person, each followed from the first look on."""
    return FollowedIdentity(cards_folder(where.state), people_key_of(where), time.time)


def view(profile: str, sign_in: SignIn, sign_ins: FollowedIdentity) -> SignInView:
    """The sign-in of a profile as it stands now. Never raises."""
    person, card = sign_ins.person(sign_in), sign_ins.card(sign_in)
    if not isinstance(person, Identity):
        return SignInView(
            profile,
            sign_in.issuer,
            sign_in.required,
            reason=person.reason,
            fix=person.fix,
            ended=card is not None and card.ended != SIGNED_OUT,
        )
    return SignInView(
        profile,
        sign_in.issuer,
        sign_in.required,
        name=person.name,
        user=person.user,
        subject=person.subject,
        groups=person.groups,
        since=None if card is None else card.signed_in_at,
        until=None if card is None else _until(card, sign_in),
    )


def _until(card: Card, sign_in: SignIn) -> float | None:
    """When the person has to sign in again; None where the provider can go on confirming it."""
    ends = []
    if sign_in.max_session_age is not None and card.auth_time is not None:
        ends.append(card.auth_time + sign_in.max_session_age)
    if sign_in.claims_max_age is not None and card.out_of_reach is not None:
        ends.append(card.confirmed_at + sign_in.claims_max_age + sign_in.offline_grace)
    return min(ends, default=None)
