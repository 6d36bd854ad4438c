"""Wrapping by a key-management service that speaks HashiCorp Vault's Transit API, which OpenBao speaks too.

The file `kms.json` in the folder of keys names it: `{"url": …, "mount": "transit", "key": …, "token_file": …}`, and
where needed `"networks"` that it may be reached in and `"authorities"`, a PEM file. A generation is a version of that
key, which never leaves the service. The token's file is read for each call, so that an agent may renew it.
"""

from __future__ import annotations

import base64
import json
from http import HTTPStatus
from pathlib import Path  # noqa: TC003 - pydantic reads it
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ConfigDict

from gateway.audit.errors import DisclosureUnreadable, KeyMissing
from gateway.audit.wrapping import KeyFiles
from gateway.outbound import Outbound, OutboundError

if TYPE_CHECKING:
    from gateway.audit.wrapping import Wrapping

KMS_FILE: Final = "kms.json"


class TransitConfig(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    key: str
    token_file: Path
    mount: str = "transit"
    networks: tuple[str, ...] = ()
    authorities: Path | None = None


def wrapping_of(folder: Path) -> Wrapping:
    """The service that `kms.json` names, or else the key files of this folder.

    Raises:
        KeyMissing: `kms.json` cannot be used, or there is neither it nor a key file.
    """
    config = folder / KMS_FILE
    if config.exists():
        try:
            return VaultTransit(TransitConfig.model_validate_json(config.read_bytes()))
        except (OSError, ValueError) as error:
            raise KeyMissing(f"{KMS_FILE} cannot be used as it is; docs/audit.md describes it") from error
    if not any(folder.glob("disclosure.*.key")):
        raise KeyMissing("no wrapping key of disclosures is here; run `writgate init`")
    return KeyFiles(folder)


class VaultTransit:
    def __init__(self, config: TransitConfig) -> None:
        """Raises ValueError: the address or a network is not one."""
        self._config = config
        self._base = f"{config.url.rstrip('/')}/v1/{config.mount}"
        self._outbound = Outbound([config.url.rstrip("/"), *config.networks], authorities=config.authorities)

    def wrap(self, generation: int, key: bytes, context: bytes) -> bytes:
        answer = self._post(
            f"encrypt/{self._config.key}",
            {"plaintext": _base64(key), "associated_data": _base64(context), "key_version": generation},
        )
        return str(answer["ciphertext"]).encode()

    def unwrap(self, generation: int, wrapped: bytes, context: bytes) -> bytes:
        text = wrapped.decode(errors="replace")
        if not text.startswith(f"vault:v{generation}:"):
            raise DisclosureUnreadable("the wrapped key was changed, or belongs elsewhere")
        answer = self._post(f"decrypt/{self._config.key}", {"ciphertext": text, "associated_data": _base64(context)})
        return base64.b64decode(answer["plaintext"], validate=True)

    def make(self, generation: int) -> None:
        """Creates the key with its first version, or rotates it to the version."""
        try:
            latest = self._latest()
        except DisclosureUnreadable:
            self._post(f"keys/{self._config.key}", {"type": "aes256-gcm96"})
            latest = self._latest()
        while latest < generation:
            self._post(f"keys/{self._config.key}/rotate", {})
            latest += 1

    def destroy(self, generation: int) -> None:
        least = generation + 1
        self._post(
            f"keys/{self._config.key}/config", {"min_decryption_version": least, "min_encryption_version": least}
        )
        self._post(f"keys/{self._config.key}/trim", {"min_available_version": least})

    def _latest(self) -> int:
        return int(self._call("GET", f"keys/{self._config.key}", None)["latest_version"])

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._call("POST", path, json.dumps(body).encode())

    def _call(self, method: str, path: str, body: bytes | None) -> dict[str, Any]:
        """What the service answers is never quoted: it may name more than one should read."""
        try:
            headers = {"X-Vault-Token": self._config.token_file.expanduser().read_text().strip()}
            url = f"{self._base}/{path}"
            if body is None:
                reply = self._outbound.get(url, headers=headers)
            else:
                reply = self._outbound.post(url, body, headers=headers | {"Content-Type": "application/json"})
        except (OSError, OutboundError) as error:
            raise KeyMissing("the key-management service cannot be reached") from error
        if reply.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND}:
            raise DisclosureUnreadable("the key-management service does not open this any longer")
        if reply.status not in {HTTPStatus.OK, HTTPStatus.NO_CONTENT}:
            raise KeyMissing(f"the key-management service refused {method} with status {reply.status}")
        data: dict[str, Any] = json.loads(reply.body).get("data", {}) if reply.body else {}
        return data


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
