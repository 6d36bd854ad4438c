"""`token`: what it costs to know who is asking, with and without the cache of verified tokens, beside bare joserfc.

Each contender verifies the same number of requests in each round, one after the other, in one thread: an access token
of the gateway (ES256) and a fresh DPoP proof (ES256). The gateway's figures hold everything that `verify` does: strict
reading, key, claims, expiry, proof, revocations, and the proof's entry in the replay store, which is one round trip to
PostgreSQL; `replay_store` is that round trip alone, and `proof` the reading of the proof without it. joserfc checks the
two signatures, imports the proof's key, and nothing else. Proofs are never cached. Times are of the clock;
`..._processor_us` is the processor time of this thread, which a wait for PostgreSQL makes dearer: its caches are cold.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks.report import Report, medians, paired
from identity_house import PATH, House, open_house
from joserfc import jwt
from joserfc.jwk import ECKey

from gateway.database import Database
from gateway.identity.dpop import Proof
from gateway.identity.jose import read_unverified
from gateway.postgres.deployment import DatabaseRole, Deployment
from gateway.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.identity.presented import Presented

REQUESTS: Final = 300
ALGORITHMS: Final = ["ES256"]


def run(*, rounds: int, requests: int = REQUESTS) -> Report:
    with ExitStack() as stack:
        home = Path(tempfile.mkdtemp(prefix="wg-"))
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        settings = Settings(home=home, allow_bearer_tokens=True, requests_per_minute=10_000_000)
        settings.create_folders()
        deployment = stack.enter_context(Deployment.open(settings))
        stack.callback(deployment.destroy)

        def open_pool(role: DatabaseRole) -> Database:
            return stack.enter_context(Database(deployment.conninfo(role), name=f"bench {role.value}"))

        house = stack.enter_context(open_house(settings, open_pool))
        measured = []
        for number in range(rounds + 1):
            found = _round(house, requests)
            if number:  # the first warms connections and code
                measured.append(found)
    return Report(
        benchmark="token",
        settings={"requests": requests, "token": "ES256", "proof": "ES256"},
        figures=medians(measured),
        ratios={
            f"{ours}_vs_joserfc": paired(measured, f"{ours}_processor_us", "joserfc_token_and_proof_processor_us")
            for ours in ("dpop_without_cache", "dpop_with_cache")
        }
        | {
            "bearer_without_cache_vs_joserfc": paired(
                measured, "bearer_without_cache_processor_us", "joserfc_token_processor_us"
            ),
            "without_cache_vs_with": paired(
                measured, "dpop_without_cache_processor_us", "dpop_with_cache_processor_us"
            ),
        },
        rounds=rounds,
    )


def _round(house: House, requests: int) -> dict[str, float]:
    token = house.token()
    plain = house.ask(assertion=None, proof={}).json
    if plain is None:
        raise RuntimeError("no token was given")
    bearer = house.bearer(plain["access_token"])
    key = ECKey.import_key(house.keys.jwks()["keys"][0])
    stored = [Proof("", secrets.token_bytes(32), int(time.time()) + 60) for _ in range(requests)]

    def sent() -> list[Presented]:
        """Made just before they are used: a nonce is good for a minute."""
        return [house.presented(house.proof("GET", PATH, token=token)) for _ in range(requests)]

    def forgetful(presented: Presented) -> None:
        house.verifier._cache.clear()
        house.verifier.verify(presented)

    def both(presented: Presented) -> None:
        jwt.decode(token, key, ALGORITHMS)
        proof = presented.dpop or ""
        jwt.decode(proof, ECKey.import_key(read_unverified(proof, members={"jwk"}).header["jwk"]), ALGORITHMS)

    house.verifier.verify(bearer)
    found: dict[str, float] = {}
    found |= _timed("joserfc_token", lambda _: jwt.decode(token, key, ALGORITHMS), range(requests))
    found |= _timed("joserfc_token_and_proof", both, sent())
    found |= _timed("bearer_without_cache", forgetful, [bearer] * requests)
    found |= _timed("bearer_with_cache", house.verifier.verify, [bearer] * requests)
    found |= _timed("dpop_without_cache", forgetful, sent())
    found |= _timed("dpop_with_cache", house.verifier.verify, sent())
    found |= _timed("proof", lambda one: house.senders._proofs.read(one, access_token=token), sent())
    found |= _timed("replay_store", house.senders.use, stored)
    return found


def _timed(name: str, work: Callable[[Any], object], each: Sequence[Any]) -> dict[str, float]:
    began, spent = time.perf_counter(), time.thread_time()
    for one in each:
        work(one)
    return {
        f"{name}_us": (time.perf_counter() - began) / len(each) * 1e6,
        f"{name}_processor_us": (time.thread_time() - spent) / len(each) * 1e6,
    }
