"""What a foreign issuer publishes: its metadata (OpenID Connect Discovery 1.0, RFC 8414) and its keys.

The metadata is found from the registered `iss` alone and must name that very `iss` (issuer mix-up); the key set is the
one that the metadata names, never one that a token names. One fetch at a time for each issuer; a few may wait for its
result, and whoever comes then is told to come again, so that a slow provider does not hold the threads of this gateway.
A set older than `refresh` is fetched anew beside use, one older than `stale` is used no more. An unknown key id, or a
failure, causes no second fetch before `cooldown` is over, however many tokens ask. Where a fetch fails the old set
stays, until it is stale.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import structlog

from gateway.identity.issuers.errors import IssuerUnavailable
from gateway.identity.jose import MalformedToken, parse_object, text_claim
from gateway.outbound import OutboundError
from gateway.registry.public_keys import import_public_key

if TYPE_CHECKING:
    from gateway.identity.issuers.directory import KnownIssuer
    from gateway.outbound import Outbound
    from gateway.registry.public_keys import PublicKey

LARGEST_DOCUMENT: Final = 64 * 1024  # bytes
MOST_KEYS: Final = 32
LONGEST_KID: Final = 256
MOST_WAITING: Final = 4  # requests that may wait for one issuer's keys at a time, the one that fetches included
SECONDS: Final = 3.0  # for each document
_MEMBERS: Final = {"EC": ("kty", "crv", "x", "y"), "RSA": ("kty", "n", "e"), "OKP": ("kty", "crv", "x")}

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Published:
    """Keys by kid and kty: a set may use a kid for two kinds of key."""

    metadata: dict[str, Any]
    keys: dict[tuple[str, str], PublicKey]


@dataclass(slots=True)
class _State:
    fetching: threading.Lock = field(default_factory=threading.Lock)
    places: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(MOST_WAITING))
    published: Published | None = None
    fetched_at: float = float("-inf")
    tried_at: float = float("-inf")
    refreshing: bool = False


class Providers:
    """Safe to share between threads."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound
        self._states: dict[tuple[str, str], _State] = {}
        self._lock = threading.Lock()

    def key(self, known: KnownIssuer, key_id: str, key_type: str) -> PublicKey | None:
        """The issuer's key of that id and kind, or None where it has none. Raises IssuerUnavailable."""
        published = self._current(known)
        found = published.keys.get((key_id, key_type))
        if found is not None:
            return found
        return self._fetched(known, since=published).keys.get((key_id, key_type))

    def holds(self, known: KnownIssuer, key_id: str, key_type: str) -> bool:
        """Whether the issuer still publishes the key, as far as is known; asks nobody. False once that is stale."""
        state = self._state(known)
        published = state.published
        if published is None or time.monotonic() - state.fetched_at > known.profile.keys.stale:
            return False
        self._refresh_beside(known, state)
        return (key_id, key_type) in published.keys

    def metadata(self, known: KnownIssuer) -> dict[str, Any]:
        """Raises IssuerUnavailable."""
        return self._current(known).metadata

    def _state(self, known: KnownIssuer) -> _State:
        with self._lock:
            return self._states.setdefault((known.id, known.issuer), _State())

    def _current(self, known: KnownIssuer) -> Published:
        state = self._state(known)
        published = state.published
        if published is None or time.monotonic() - state.fetched_at > known.profile.keys.stale:
            return self._fetched(known, since=published)
        self._refresh_beside(known, state)
        return published

    def _fetched(self, known: KnownIssuer, *, since: Published | None) -> Published:
        """What is published now, where that may be asked; else what was, while it is good."""
        state = self._state(known)
        if not state.places.acquire(blocking=False):
            raise IssuerUnavailable
        try:
            return self._fetched_in_turn(known, state, since)
        finally:
            state.places.release()

    def _fetched_in_turn(self, known: KnownIssuer, state: _State, since: Published | None) -> Published:
        with state.fetching:
            elsewhere = state.published is not None and state.published is not since
            if not elsewhere and time.monotonic() - state.tried_at >= known.profile.keys.cooldown:
                self._fetch(known, state)
            if state.published is None or time.monotonic() - state.fetched_at > known.profile.keys.stale:
                raise IssuerUnavailable
            return state.published

    def _refresh_beside(self, known: KnownIssuer, state: _State) -> None:
        now = time.monotonic()
        rules = known.profile.keys
        if now - state.fetched_at < rules.refresh or now - state.tried_at < min(rules.cooldown, rules.refresh):
            return
        with self._lock:
            if state.refreshing:
                return
            state.refreshing = True

        def refresh() -> None:
            try:
                with state.fetching:
                    self._fetch(known, state)
            finally:
                state.refreshing = False

        threading.Thread(target=refresh, name=f"keys of {known.id}", daemon=True).start()

    def _fetch(self, known: KnownIssuer, state: _State) -> None:
        """Under the issuer's lock. A failure changes nothing but the time of the attempt."""
        began = state.tried_at = time.monotonic()
        try:
            state.published = self._ask(known)
        except (OutboundError, MalformedToken) as error:
            code = getattr(error, "code", "DOCUMENT_MALFORMED")
            log.warning("issuer.unavailable", issuer=known.id, code=code)
            return
        state.fetched_at = began

    def _ask(self, known: KnownIssuer) -> Published:
        metadata = self._document(known.issuer.rstrip("/") + "/.well-known/openid-configuration")
        if metadata.get("issuer") != known.issuer:
            raise MalformedToken
        keys = self._document(text_claim(metadata, "jwks_uri", longest=512)).get("keys")
        if not isinstance(keys, list) or len(keys) > MOST_KEYS:
            raise MalformedToken
        return Published(metadata, _usable(keys))

    def _document(self, url: str) -> dict[str, Any]:
        reply = self._outbound.get(
            url, headers={"Accept": "application/json"}, largest=LARGEST_DOCUMENT, seconds=SECONDS
        )
        if reply.status != 200:  # noqa: PLR2004 - HTTP
            raise MalformedToken
        return parse_object(reply.body)


def _usable(keys: list[Any]) -> dict[tuple[str, str], PublicKey]:
    """The keys by which it may sign. One that we cannot use is its affair; two under one name are nobody's."""
    usable: dict[tuple[str, str], PublicKey] = {}
    twice: set[tuple[str, str]] = set()
    for entry in keys:
        if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
            continue
        kid, kty = entry.get("kid"), entry.get("kty")
        if not isinstance(kid, str) or not 0 < len(kid) <= LONGEST_KID or not isinstance(kty, str):
            continue
        try:
            key = import_public_key({name: entry[name] for name in _MEMBERS.get(kty, ()) if name in entry})
        except ValueError:
            continue
        if (kid, kty) in usable:
            twice.add((kid, kty))
        usable[kid, kty] = key
    return {name: key for name, key in usable.items() if name not in twice}
