"""Mail through the operator's SMTP server: a short text about a duty, to one person.

The text names the duty and nothing personal. The server's certificate is checked wherever TLS is used, against the
system's authorities and those of `outbound_authorities`; without TLS only a server on this machine is spoken to, and no
password goes even there.
"""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.settings import Settings

SECONDS: Final = 20.0
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


def who_is_not_told(settings: Settings) -> list[dict[str, str]]:
    """What of the settings keeps mail from people, each `{code, sentence, remedy}`."""
    found = []
    if settings.smtp_host is None:
        found.append(("NO_MAIL_SERVER", "No SMTP server is set: nobody is told by mail.", "Set WRITGATE_SMTP_HOST."))
    if settings.docket_mail is None:
        found.append(
            (
                "NO_OPERATOR_MAIL",
                "The operator has no mail address here: a duty that nobody discharges ends without anybody being told.",
                "Set WRITGATE_DOCKET_MAIL.",
            )
        )
    return [{"code": code, "sentence": sentence, "remedy": remedy} for code, sentence, remedy in found]


class Mail:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def send(self, *, to: str, message_id: str, event: str, data: Mapping[str, Any]) -> str:
        """`delivered`, or a word for what did not work. Never raises."""
        host = self._settings.smtp_host
        if host is None:
            return "no SMTP server is set"
        if self._settings.smtp_security == "none" and (host not in _LOOPBACK or self._settings.smtp_user is not None):
            return "refused without TLS"
        try:
            letter = self._letter(to, message_id, event, data)
        except Exception:  # noqa: BLE001  Python's parser of headers trips over much, and others wait for their mail
            return "the letter cannot be written"
        try:
            self._hand_over(letter, host)
        except OSError as error:
            return _why(error)
        except ValueError:  # such as a password that is not ASCII, of which SMTP's AUTH in Python makes nothing
            return "the SMTP server cannot be told"
        return "delivered"

    def _hand_over(self, letter: EmailMessage, host: str) -> None:
        with self._connection(host) as server:
            if self._settings.smtp_security == "starttls":
                server.starttls(context=self._tls())
            if self._settings.smtp_user is not None:
                server.login(self._settings.smtp_user, self._settings.smtp_password or "")
            server.send_message(letter)

    def _connection(self, host: str) -> smtplib.SMTP:
        port = self._settings.smtp_port
        if self._settings.smtp_security == "tls":
            return smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=self._tls())
        return smtplib.SMTP(host, port, timeout=SECONDS)

    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self._settings.outbound_authorities is not None:
            context.load_verify_locations(cafile=self._settings.outbound_authorities)
        return context

    def _letter(self, to: str, message_id: str, event: str, data: Mapping[str, Any]) -> EmailMessage:
        about = data.get("data", {})
        letter = EmailMessage()
        letter["From"] = self._settings.smtp_from
        letter["To"] = to
        letter["Date"] = formatdate()
        letter["Message-ID"] = f"<{message_id}@writgate>"
        letter["Subject"] = f"Writgate: {about.get('code') or event} ({event})"
        lines = [f"{name}: {value}" for name, value in about.items() if value is not None]
        letter.set_content(
            "\n".join([f"event: {event}", *lines, "", f"See {self._settings.issuer}/v1/docket or `writgate docket`."])
        )
        return letter


def _why(error: OSError) -> str:
    match error:
        case smtplib.SMTPResponseException():
            return f"SMTP {error.smtp_code}"
        case smtplib.SMTPException():
            return type(error).__name__
        case ssl.SSLError():
            return "the SMTP server is not who it should be"
        case _:
            return "the SMTP server cannot be reached"
