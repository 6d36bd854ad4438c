"""Every setting of the gateway, read once from the environment (`WRITGATE_…`) and never changed afterwards.

The defaults run a whole gateway under one folder on loopback. Whatever weakens the product is off and says so in its
description.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway.private_files import write_once

if TYPE_CHECKING:
    from pydantic_settings import PydanticBaseSettingsSource

PREFIX: Final = "WRITGATE_"
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
# A Unix socket's path may be 107 bytes long on Linux and 103 on macOS; the longest name placed in a folder of ours is
# ".s.PGSQL.5432", with its slash 14.
LONGEST_SOCKET_FOLDER: Final = 88


class SettingsError(Exception):
    """A setting, or the folder it names, cannot be used; the message says what to change."""


def is_setting(name: str) -> bool:
    """Whether a variable of the environment is read as a setting; its case says nothing."""
    return name.upper().startswith(PREFIX)


def default_home() -> Path:
    """The user's data folder: XDG_DATA_HOME where set, else the platform's custom."""
    if os.environ.get("XDG_DATA_HOME"):
        return Path(os.environ["XDG_DATA_HOME"]) / "writgate"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "writgate"
    return Path.home() / ".local" / "share" / "writgate"


class Settings(BaseSettings):
    """Frozen settings of one gateway; build it once and pass it on."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", env_ignore_empty=True)

    home: Path = Field(
        default_factory=default_home, description="The folder that holds everything: keys, database, logs, state."
    )
    database_url: str | None = Field(
        default=None,
        repr=False,
        description="Connection string of an administrator on a PostgreSQL 15 or later. Unset, the gateway runs its own"
        " PostgreSQL under `home`.",
    )
    host: str = Field(default="127.0.0.1", description="The address the gateway listens on.")
    port: int = Field(default=8400, ge=0, le=65535, description="The port the gateway listens on.")
    public_url: str | None = Field(
        default=None, description="The URL by which clients reach the gateway; the issuer and audience of its tokens."
    )
    web_workers: int = Field(default=2, ge=1, le=64, description="Web worker processes.")
    web_threads: int = Field(default=16, ge=1, le=256, description="Threads in each web worker.")
    encoder_workers: int = Field(default=2, ge=1, le=64, description="Processes that encode faces.")
    encoder: Literal["onnxruntime", "dlib"] = Field(
        default="onnxruntime",
        description="What runs the face network: onnxruntime, or dlib, the reference, which is many times slower. Both"
        " give the same templates.",
    )
    encoder_provider: str = Field(
        default="CPUExecutionProvider",
        pattern=r"^[A-Za-z]{1,40}ExecutionProvider$",
        description="Which of onnxruntime's execution providers computes, such as `CUDAExecutionProvider` where an"
        " onnxruntime built for it is installed. One that does not give the reference's numbers is not used. With any"
        " but the default the address space of the processes that read pictures is not bounded.",
    )
    calibration: Path | None = Field(
        default=None,
        description="The calibration that `writgate bench accuracy` wrote, of this engine's pipeline. Unset, similarity"
        " is the shipped scale, measured on nothing, and no chance of a false candidate is told.",
    )
    recognition_engine: Literal["local", "amazon_rekognition"] = Field(
        default="local",
        description="Who compares faces: the engine that is here, or Amazon Rekognition, to which the pictures of"
        " permitted requests are then sent, under Amazon's terms. Each searches only the faces that it enrolled.",
    )
    rekognition_region: str = Field(
        default="us-east-1", pattern=r"^[a-z0-9-]{1,32}$", description="Amazon's region, where that is the engine."
    )
    rekognition_url: str | None = Field(
        default=None,
        description="The service's address, whose origin must be in `WRITGATE_OUTBOUND` too. Unset, it is Amazon's for"
        " the region.",
    )
    rekognition_credentials: Path | None = Field(
        default=None,
        description="A JSON file of this user's own (chmod 600) with `access_key_id`, `secret_access_key` and perhaps"
        " `session_token`. No other credentials are used for that engine.",
    )
    rekognition_prefix: str = Field(
        default="writgate-",
        pattern=r"^[A-Za-z0-9_.-]{1,64}$",
        description="How the names of the gateway's collections begin. Collections of other names are left alone.",
    )
    policy_engine: Literal["wasm", "opa"] = Field(
        default="wasm",
        description="What evaluates policy: the revision's WebAssembly in process, or an OPA server. Where nothing is"
        " said and `opa_url` is, it is `opa`, unless `shadow_share` has that server asked beside it.",
    )
    engine_operated_by: Literal[
        "requesting_agency",
        "bureau_of_motor_vehicles",
        "department_of_public_safety",
        "state_police",
        "other_agency",
        "other_state_agency",
        "out_of_state_agency",
        "registry_of_motor_vehicles",
        "fbi",
        "vendor",
    ] = Field(
        default="requesting_agency",
        description="Who operates the face engine and its galleries: some laws let only a named body search.",
    )
    shadow_share: float = Field(
        default=0.0,
        ge=0,
        le=1,
        description="The share of decisions that the other policy engine is asked too, in the background; a difference"
        " is an alarm in the log. Beside `wasm` it needs an OPA.",
    )
    opa_url: str | None = Field(
        default=None,
        description="Address of an OPA server of your own: `https://…`, `unix:///…`, or `http://…` on this machine."
        " Unset, the gateway runs its own.",
    )
    opa_token: str | None = Field(default=None, repr=False, description="Bearer token for that OPA server.")
    opa_ca: Path | None = Field(
        default=None, description="PEM file of the authorities that may sign its certificate; unset, the system's."
    )
    opa_certificate: Path | None = Field(
        default=None, description="PEM file of the certificate that the gateway shows it, for mutual TLS."
    )
    opa_key: Path | None = Field(default=None, description="PEM file of that certificate's private key.")
    allow_client_secret: bool = Field(
        default=False,
        description="Weakens. Accept `client_secret_basic` at the token endpoint, for a trial on one machine. Where the"
        " gateway can be reached from another, it does not start.",
    )
    allow_bearer_tokens: bool = Field(
        default=False,
        description="Weakens. Issue and accept access tokens that whoever holds them may send, for a trial with curl.",
    )
    requests_per_minute: int = Field(
        default=6000,
        ge=1,
        le=10_000_000,
        description="Requests that a client may make in a minute at a node, unless the registry names another number.",
    )
    client_certificate_header: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z][A-Za-z0-9-]{0,63}$",
        description="The header in which the TLS proxy in front passes on the client's certificate (RFC 9440, or PEM in"
        " percent-encoding). It is believed together with `proxy_secret` only.",
    )
    proxy_secret: str | None = Field(
        default=None,
        min_length=32,
        repr=False,
        description="What that proxy sends in the header Writgate-Proxy-Secret to show that it is the proxy.",
    )
    client_certificate_authorities: Path | None = Field(
        default=None,
        description="PEM file of the authorities by whose certificates clients may show who they are"
        " (`tls_client_auth`). Unset, only certificates that the registry names are taken.",
    )
    allow_injected_clock: bool = Field(
        default=False, description="Weakens. Let the clock of this home be moved, for tests; refused elsewhere."
    )
    smtp_host: str | None = Field(
        default=None, description="The SMTP server by which the docket's messages go out. Unset, no mail is sent."
    )
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Its port.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="How mail travels to it; `none` is for a server on this machine."
    )
    smtp_user: str | None = Field(default=None, description="The name by which the gateway logs in there.")
    smtp_password: str | None = Field(default=None, repr=False, description="And its password.")
    smtp_from: str = Field(default="writgate@localhost", description="The sender of the docket's mail.")
    docket_mail: str | None = Field(
        default=None,
        description="The operator's mail address: where a duty ends that nobody of the agency's chain discharged.",
    )
    session_hours: int = Field(
        default=12, ge=1, le=24, description="Hours after which a person must sign in again, however busy the session."
    )
    session_idle_minutes: int = Field(
        default=30, ge=1, le=60, description="Minutes without a request after which a person must sign in again."
    )
    source_header: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z][A-Za-z0-9-]{0,63}$",
        description="The header in which the proxy in front says from which address a request came; of several values"
        " the last. Unset, it is the peer's. Failed sign-ins slow down the address they come from.",
    )
    log_origin_name: str | None = Field(
        default=None,
        description="Name of the audit log (its C2SP origin). Unset, one is made at first use and kept in `home`.",
    )

    outbound: tuple[str, ...] = Field(
        default=(),
        description="What the gateway may call, as a JSON list: origins such as `https://login.example`, and the"
        " networks such as `10.1.0.0/16` in which addresses that are not public may lie. Unset, it calls nobody.",
    )
    outbound_authorities: Path | None = Field(
        default=None, description="A PEM file of certificate authorities that are trusted beside the system's."
    )

    witness_alarm_minutes: int = Field(
        default=10, ge=1, le=1440, description="After so many minutes without a quorum of witnesses there is an alarm."
    )
    generation_days: int | None = Field(
        default=None,
        ge=1,
        le=3650,
        description="After so many days a new generation of the key that wraps disclosures takes over, and the one"
        " before is destroyed; a backup opens its values for at most twice as many. Unset: by hand, `writgate audit"
        " generation`.",
    )
    timestamp_authority: str | None = Field(
        default=None,
        description="Address of an RFC 3161 authority that stamps the log's checkpoints; its origin must be in"
        " `WRITGATE_OUTBOUND` too.",
    )
    timestamp_roots: Path | None = Field(
        default=None, description="A PEM file of the root certificates behind that authority."
    )

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return Path(os.path.abspath(home.expanduser()))  # noqa: PTH100  resolve() would follow links, and links may move

    @field_validator("public_url")
    @classmethod
    def _without_slash(cls, url: str | None) -> str | None:
        return url.rstrip("/") if url else None

    @model_validator(mode="before")
    @classmethod
    def _who_names_an_opa_means_it(cls, given: dict[str, Any]) -> dict[str, Any]:
        as_shadow = float(given.get("shadow_share") or 0) > 0
        return {"policy_engine": "opa"} | given if given.get("opa_url") and not as_shadow else given

    @model_validator(mode="after")
    def _a_certificate_has_its_key(self) -> Self:
        if (self.opa_certificate is None) != (self.opa_key is None):
            raise ValueError("opa_certificate and opa_key need each other")
        return self

    @model_validator(mode="after")
    def _certificates_from_a_known_proxy(self) -> Self:
        if self.client_certificate_header is not None and self.proxy_secret is None:
            raise ValueError("client_certificate_header needs proxy_secret")
        return self

    @property
    def issuer(self) -> str:
        """The URL that names this gateway in tokens and metadata."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def keys(self) -> Path:
        """Private keys and passwords, 0700."""
        return self.home / "keys"

    @property
    def clients(self) -> Path:
        """Keys of clients that were made on this machine, 0700."""
        return self.home / "clients"

    @property
    def state(self) -> Path:
        """What must outlive a process and stay outside PostgreSQL, such as the last signed checkpoint, 0700."""
        return self.home / "state"

    @property
    def networks(self) -> Path:
        """Networks converted from the installed packages; made again where they are missing."""
        return self.home / "networks"

    @property
    def runtime(self) -> Path:
        """The folder of Unix sockets, 0700, short enough for them whatever the length of `home`."""
        folder = self.home / "run"
        if len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER:
            return folder
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]
        return Path("/tmp") / f"writgate-{os.getuid()}-{digest}"  # noqa: S108  owner and mode are checked at creation

    @property
    def demonstration(self) -> Path:
        """The file that marks the home of a demonstration, whose settings are never those of the environment."""
        return self.state / "demonstration"

    @property
    def log_origin(self) -> str:
        """The audit log's origin.

        Raises:
            SettingsError: `create_folders` has not run in this home.
        """
        if self.log_origin_name:
            return self.log_origin_name
        try:
            return (self.home / "log_origin").read_text().strip()
        except FileNotFoundError as error:
            raise SettingsError(
                f"{self.home} was never initialised: it has no log_origin. Run `writgate init`."
            ) from error

    def refuse_exposure(self) -> None:
        """Whoever starts to listen asks this first.

        Raises:
            SettingsError: tokens would travel without TLS, or what is for one machine could be used from another.
        """
        if self.host not in LOOPBACK and not (self.public_url or "").startswith("https://"):
            raise SettingsError(
                f"{self.host} is not loopback, and tokens must not travel without TLS. Put a TLS proxy in front and"
                " name it with WRITGATE_PUBLIC_URL=https://…, or listen on 127.0.0.1."
            )
        reached_by = urlsplit(self.public_url).hostname if self.public_url else self.host
        if self.allow_client_secret and not {self.host, reached_by} <= LOOPBACK:
            raise SettingsError(
                "WRITGATE_ALLOW_CLIENT_SECRET is for a trial on one machine. Turn it off, or listen on 127.0.0.1 and"
                " leave WRITGATE_PUBLIC_URL out."
            )

    def create_folders(self) -> None:
        """Make the folders of this home and the name of its log; harmless where they exist.

        Raises:
            SettingsError: a folder belongs to somebody else or is open to others.
        """
        # The embedded server of a gateway started by root runs as another user, who must reach its own folder.
        self.home.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
        for folder in (self.keys, self.clients, self.state, self.runtime):
            _private_folder(folder)
        write_once(self.home / "log_origin", f"writgate.local/log/{secrets.token_hex(4)}\n".encode())


class OwnSettings(Settings):
    """Settings of a home that a command made for itself: what is named and the defaults, nothing of the environment.

    An operator's shell names the production database; no demonstration may find it there.
    """

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is the library's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - left out, and so are the next two
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def _private_folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise SettingsError(f"{folder} is not a folder of this user. Remove it, or choose another home.")
    if stat.S_IMODE(found.st_mode) & 0o077:
        raise SettingsError(f"{folder} is open to other users. Run: chmod 700 {folder}")
