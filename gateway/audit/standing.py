"""How the log stands towards outsiders: notes for whoever asks whether the gateway is well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gateway.database import Connection

# A heartbeat comes each minute and is signed a second later.
_SILENT_SECONDS: Final = 180
_UNSTAMPED_SECONDS: Final = 1800
_NANOSECONDS: Final = 10**9


def notes(connection: Connection, *, witness_seconds: int | None, stamped: bool) -> list[str]:
    """Sentences on what is late; none where all is well. Takes a connection of the role AUDITOR.

    `witness_seconds` is how long there may be no quorum, None where there are no witnesses; `stamped` says whether an
    authority of time is asked at all.
    """
    row = connection.execute(
        """
        SELECT ops.now_ns(),
            (SELECT signed_ns FROM audit.checkpoints ORDER BY epoch DESC, size DESC LIMIT 1),
            (SELECT signed_ns FROM audit.checkpoints WHERE witnessed ORDER BY epoch DESC, size DESC LIMIT 1),
            (SELECT max(time_ns) FROM audit.timestamps),
            (SELECT min(signed_ns) FROM (SELECT signed_ns FROM audit.checkpoints ORDER BY epoch, size LIMIT 1) AS first)
        """
    ).fetchone()
    if row is None or row[1] is None:
        return ["The log has no checkpoint yet."]
    now, signed, witnessed, stamp, first = row
    late = [
        (True, signed, _SILENT_SECONDS, "The log was not signed for {minutes} minutes."),
        (
            witness_seconds is not None,
            witnessed or first,
            witness_seconds or 0,
            "No quorum of witnesses has seen the log for {minutes} minutes.",
        ),
        (stamped, stamp or first, _UNSTAMPED_SECONDS, "No time stamp was given for {minutes} minutes."),
    ]
    return [
        sentence.format(minutes=(now - since) // (60 * _NANOSECONDS))
        for asked, since, seconds, sentence in late
        if asked and now - since > seconds * _NANOSECONDS
    ]
