"""Mail through the operator's SMTP server: a short text about a duty, to one person.

The text names the duty and nothing personal. The server's certificate is checked wherever TLS is used; without TLS only
a server on this machine is spoken to.
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


class Mail:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def send(self, *, to: str, message_id: str, event: str, data: Mapping[str, Any]) -> str:
        """`delivered`, or a word for what did not work. Never raises."""
        if self._settings.smtp_host is None:
            return "no SMTP server is set"
        if self._settings.smtp_security == "none" and self._settings.smtp_host not in _LOOPBACK:
            return "refused without TLS"
        letter = self._letter(to, message_id, event, data)
        try:
            with self._connection(self._settings.smtp_host) as server:
                if self._settings.smtp_user is not None:
                    server.login(self._settings.smtp_user, self._settings.smtp_password or "")
                server.send_message(letter)
        except smtplib.SMTPResponseException as refused:
            return f"SMTP {refused.smtp_code}"
        except smtplib.SMTPException as failed:
            return type(failed).__name__
        except OSError:
            return "the SMTP server cannot be reached"
        return "delivered"

    def _connection(self, host: str) -> smtplib.SMTP:
        port = self._settings.smtp_port
        if self._settings.smtp_security == "tls":
            return smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=ssl.create_default_context())
        server = smtplib.SMTP(host, port, timeout=SECONDS)
        if self._settings.smtp_security == "starttls":
            server.starttls(context=ssl.create_default_context())
        return server

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
