"""The passwords of the database roles: random, made once for a home, kept in `keys/postgres.json` (0600)."""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from gateway.postgres.errors import DeploymentError
from gateway.private_files import write_once

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class DatabaseRole(StrEnum):
    """Who may log in to the database, and as whom."""

    ADMIN = "postgres"
    WEB = "writgate_web"
    ENGINE = "writgate_engine"
    SEQUENCER = "writgate_sequencer"
    AUDITOR = "writgate_auditor"
    REPLAYER = "writgate_replayer"
    DOCKET = "writgate_docket"


OWNER: Final = "writgate_owner"
RESTRICTED: Final = (
    DatabaseRole.WEB,
    DatabaseRole.ENGINE,
    DatabaseRole.SEQUENCER,
    DatabaseRole.AUDITOR,
    DatabaseRole.REPLAYER,
    DatabaseRole.DOCKET,
)
# Roles that came with a later version than the first.
_LATER: Final = frozenset({DatabaseRole.REPLAYER, DatabaseRole.DOCKET})


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """One password for each role."""

    passwords: Mapping[DatabaseRole, str]

    def password(self, role: DatabaseRole) -> str:
        return self.passwords[role]


def credentials_file(keys: Path) -> Path:
    return keys / "postgres.json"


def load_or_create(keys: Path) -> Credentials:
    """Read the passwords of this home, making them at first use; several processes at once get the same ones.

    Raises:
        DeploymentError: the file is there and is not one of ours.
    """
    path = credentials_file(keys)
    if not path.exists():
        passwords = {role.value: secrets.token_urlsafe(32) for role in DatabaseRole}
        write_once(path, json.dumps(passwords, indent=2).encode())
    try:
        stored = json.loads(path.read_text())
        return Credentials({role: _password(stored, role) for role in DatabaseRole})
    except (ValueError, KeyError, TypeError) as error:
        raise DeploymentError(f"{path} is damaged. Restore it from a backup of the keys.") from error


def _password(stored: Mapping[str, str], role: DatabaseRole) -> str:
    """A role that came with a later version is not in the file of an older home: its password is derived from the
    administrator's, so that every process finds the same one and the file stays as it is.
    """
    if role in stored or role not in _LATER:
        return str(stored[role.value])
    derived = hmac.digest(stored[DatabaseRole.ADMIN.value].encode(), role.value.encode(), "sha256")
    return base64.urlsafe_b64encode(derived).rstrip(b"=").decode()
