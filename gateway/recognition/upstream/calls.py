"""Calls to Amazon Rekognition: botocore writes, signs, retries and reads them, and `gateway.outbound` carries them.

So the operator's list, the address that was judged once, TLS, the deadline and the limit on answers hold here as for
every other call, and no credentials but those of the operator's private file are used: neither the environment nor a
machine's metadata service is asked. Failures say their kind and nothing of what was sent or answered.
"""

from __future__ import annotations

import io
import os
import stat
import threading
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from gateway import metrics
from gateway.outbound import OutboundFailed, OutboundRefused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.outbound import Outbound

SECONDS: Final = 8.0  # of one try, from name to last byte
TRIES: Final = 3
LARGEST_ANSWER: Final = 4 * 1024 * 1024
LARGEST_CREDENTIALS: Final = 16 * 1024
# What Amazon says where it may take the same request a little later.
BUSY: Final = frozenset(
    {
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
# Failures of a call after which another try may do.
UNREACHABLE: Final = frozenset({"TIMEOUT", "UNREACHABLE", "UNRESOLVED"})

Answer = TypeVar("Answer", bound=msgspec.Struct)


class UpstreamFailed(Exception):  # noqa: N818 - it states a condition
    """There is no sound answer. `code`: UPSTREAM_BUSY, UPSTREAM_UNREACHABLE, UPSTREAM_REFUSED, UPSTREAM_MALFORMED.

    `error` is Amazon's name for it, where Amazon named it.
    """

    def __init__(self, code: str, error: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.error = error


class UpstreamUnusable(Exception):  # noqa: N818 - as above
    """The settings, the credentials or the installation do not allow a single call; the message says what to change."""


class Credentials(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The private file, as JSON. It is never shown."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None

    def __repr__(self) -> str:
        return "Credentials(…)"


def credentials(path: Path) -> Credentials:
    """Raises: UpstreamUnusable: it cannot be read, is open to others, or holds no credentials."""
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            content = file.read(LARGEST_CREDENTIALS)
    except OSError as error:
        raise UpstreamUnusable(f"the credentials cannot be read: {error.strerror}") from error
    if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise UpstreamUnusable("the file of the credentials must be this user's own and closed to others (chmod 600)")
    try:
        return msgspec.json.decode(content, type=Credentials)
    except msgspec.MsgspecError:
        # What was read is not repeated, not even as the cause.
        raise UpstreamUnusable("the file of the credentials is not of the form that is documented") from None


class Calls:
    """One region's service. Many threads may call at once; changed credentials count from the next call on."""

    def __init__(self, *, outbound: Outbound, url: str, region: str, keys: Path, seconds: float = SECONDS) -> None:
        """`keys` is the file of the credentials; `seconds` is how long one try may take.

        Raises: UpstreamUnusable, where no call could be made.
        """
        self._outbound = outbound
        self._url = url
        self._region = region
        self._keys = keys
        self._seconds = seconds
        self._lock = threading.Lock()
        self._made = threading.local()
        self._client: Any = None
        self._client_of: Credentials | None = None
        try:
            outbound.require_allowed(url)
        except OutboundRefused as refused:
            raise UpstreamUnusable(
                f"the operator's list does not allow the service's address: {refused.code}"
            ) from None
        self._current()

    def ask(self, operation: str, answer: type[Answer], **members: Any) -> Answer:
        """What the service answered to the operation (`search_faces`), as far as `answer` wants to know it.

        Raises: UpstreamFailed.
        """
        try:
            return msgspec.convert(getattr(self._current(), operation)(**members), type=answer)
        except Exception as error:  # noqa: BLE001 - whatever an answer makes botocore's parsers trip over
            failed = _failure(error)
        metrics.UPSTREAM_FAILURES.labels(operation, failed.code).inc()
        # Without its cause: an exception of botocore's may hold what was sent or answered.
        raise failed from None

    def made(self) -> int:
        """How many requests this thread sent, tries among them, since it last asked."""
        count = getattr(self._made, "count", 0)
        self._made.count = 0
        return count

    def _current(self) -> Any:
        held = credentials(self._keys)
        with self._lock:
            if self._client is None or held != self._client_of:
                self._client, self._client_of = self._new(held), held
            return self._client

    def _new(self, held: Credentials) -> Any:
        try:
            import boto3  # noqa: PLC0415 - an extra that few need
            from botocore.config import Config  # noqa: PLC0415 - as above
        except ImportError:
            raise UpstreamUnusable("this engine needs boto3; install writgate[rekognition]") from None
        client = boto3.session.Session().client(
            "rekognition",
            region_name=self._region,
            endpoint_url=self._url,
            aws_access_key_id=held.access_key_id,
            aws_secret_access_key=held.secret_access_key,
            aws_session_token=held.session_token,
            config=Config(retries={"total_max_attempts": TRIES, "mode": "standard"}),
        )
        client.meta.events.register_first("before-send.rekognition.*", self._carry)
        return client

    def _carry(self, request: Any, **_: Any) -> Any:
        """Sends what botocore has written and signed; whatever this gives, botocore sends nothing itself."""
        from botocore.awsrequest import AWSResponse  # noqa: PLC0415 - an extra
        from botocore.exceptions import ConnectionClosedError  # noqa: PLC0415 - as above

        self._made.count = getattr(self._made, "count", 0) + 1
        metrics.UPSTREAM_REQUESTS.inc()
        headers = {name: _text(value) for name, value in request.headers.items()}
        try:
            reply = self._outbound.post(
                request.url,
                _text(request.body).encode(),
                headers=headers,
                largest=LARGEST_ANSWER,
                seconds=self._seconds,
            )
        except OutboundFailed as failed:
            if failed.code not in UNREACHABLE:
                raise
            # Botocore tries again after this.
            raise ConnectionClosedError(endpoint_url=self._url) from None
        return AWSResponse(request.url, reply.status, dict(reply.headers), _Raw(reply.body))


class _Raw(io.BytesIO):
    """The body of an answer, in the form in which botocore reads one."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes | bytearray) else str(value or "")


def _failure(error: Exception) -> UpstreamFailed:
    """Which of the four it is; what nobody knows is no sound answer."""
    from botocore.exceptions import ClientError, HTTPClientError  # noqa: PLC0415 - an extra

    if isinstance(error, ClientError):
        return _refused(error.response)
    if isinstance(error, HTTPClientError) or (isinstance(error, OutboundFailed) and error.code == "UNTRUSTED"):
        return UpstreamFailed("UPSTREAM_UNREACHABLE")
    return UpstreamFailed(
        "UPSTREAM_REFUSED" if isinstance(error, OutboundRefused | UpstreamUnusable) else "UPSTREAM_MALFORMED"
    )


def _refused(response: Any) -> UpstreamFailed:
    error = str(response.get("Error", {}).get("Code", ""))
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if error in BUSY or status == 429:  # noqa: PLR2004 - RFC 6585
        return UpstreamFailed("UPSTREAM_BUSY", error)
    if status >= 500:  # noqa: PLR2004 - RFC 9110
        return UpstreamFailed("UPSTREAM_UNREACHABLE", error)
    return UpstreamFailed("UPSTREAM_REFUSED", error)
