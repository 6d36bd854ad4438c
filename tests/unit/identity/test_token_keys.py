"""The signing key and its rotation."""

from __future__ import annotations

import json
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from gateway.identity.keys import RETIRED_FOR, RETIRED_KEYS, SIGNING_KEY, TokenKeys, create_keys, rotate_keys

if TYPE_CHECKING:
    from pathlib import Path


def test_keys_are_made_once_private_and_by_one_of_many(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(create_keys, [tmp_path] * 8))
    path = tmp_path / SIGNING_KEY
    first = path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    create_keys(tmp_path)
    assert path.read_text() == first
    assert {entry.name for entry in tmp_path.iterdir()} == {SIGNING_KEY, "nonce.key", "aws.key"}


def test_what_is_published_is_public_and_named_by_its_thumbprint(tmp_path: Path) -> None:
    create_keys(tmp_path)
    (published,) = TokenKeys(tmp_path).jwks()["keys"]
    assert set(published) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert (published["alg"], published["use"], published["crv"]) == ("ES256", "sig", "P-256")
    material = {name: published[name] for name in ("kty", "crv", "x", "y")}
    assert published["kid"] == ECKey.import_key(material).thumbprint()


def test_a_rotation_is_seen_by_a_running_process_and_old_tokens_stay_good(tmp_path: Path) -> None:
    create_keys(tmp_path)
    running, other = TokenKeys(tmp_path), TokenKeys(tmp_path)
    old_kid = running.jwks()["keys"][0]["kid"]
    old = running.sign({"n": 1}, token_type="at+jwt")
    new_kid = rotate_keys(tmp_path)
    fresh = running.sign({"n": 2}, token_type="at+jwt")
    for text, kid, number in ((old, old_kid, 1), (fresh, new_kid, 2)):
        key = other.find(kid)
        assert key is not None
        token = jwt.decode(text, key, algorithms=["ES256"])
        assert (token.header["kid"], token.claims["n"]) == (kid, number)
    assert [key["kid"] for key in running.jwks()["keys"]] == [new_kid, old_kid]
    assert all("retired_at" not in key and "d" not in key for key in running.jwks()["keys"])


def test_retired_keys_go_when_no_token_of_theirs_can_be_alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create_keys(tmp_path)
    rotate_keys(tmp_path)
    retired = json.loads((tmp_path / RETIRED_KEYS).read_text())["keys"]
    now = retired[0]["retired_at"] + RETIRED_FOR + 1
    monkeypatch.setattr(time, "time", lambda: now)
    rotate_keys(tmp_path)
    left = json.loads((tmp_path / RETIRED_KEYS).read_text())["keys"]
    assert [key["retired_at"] for key in left] == [now]


def test_a_key_of_another_curve_is_refused(tmp_path: Path) -> None:
    (tmp_path / SIGNING_KEY).write_text(json.dumps(ECKey.generate_key("P-384").as_dict(private=True)))
    with pytest.raises(ValueError, match="P-256"):
        TokenKeys(tmp_path)


def test_an_unknown_kid_is_nobodys(tmp_path: Path) -> None:
    create_keys(tmp_path)
    assert TokenKeys(tmp_path).find("nobody") is None
