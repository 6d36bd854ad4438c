"""The shell of an operator, whose environment names what is in production: nothing of a test's own may reach it."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Production:
    """`environment` is the shell's; `callers` has an entry for each connection to the database that it names."""

    environment: dict[str, str]
    callers: list[object] = field(default_factory=list)


@contextmanager
def production() -> Iterator[Production]:
    """Its database answers nobody; it only counts who comes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        house = Production(
            {
                "WRITGATE_DATABASE_URL": f"postgresql://postgres@127.0.0.1:{listening.getsockname()[1]}/writgate",
                "WRITGATE_HOST": "0.0.0.0",  # noqa: S104 - what must not be bound
                "WRITGATE_PUBLIC_URL": "https://faces.example",
                "WRITGATE_ALLOW_CLIENT_SECRET": "true",
                "WRITGATE_RECOGNITION_ENGINE": "amazon_rekognition",
                "WRITGATE_SMTP_HOST": "mail.example",
                "WRITGATE_OPA_URL": "https://opa.example",
            }
        )

        def count() -> None:
            while True:
                try:
                    caller, address = listening.accept()
                except OSError:
                    return
                house.callers.append(address)
                caller.close()

        counting = threading.Thread(target=count, name="production")
        counting.start()
        try:
            yield house
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            counting.join()
