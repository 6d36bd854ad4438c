"""What the settings say about another vendor's engine, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.outbound import Outbound
from gateway.recognition.upstream.calls import Calls, UpstreamUnusable
from gateway.recognition.upstream.deletions import Deletions
from gateway.recognition.upstream.rekognition import RekognitionMatcher

if TYPE_CHECKING:
    from gateway.database import Database
    from gateway.settings import Settings


def elsewhere(settings: Settings, *, database: Database, pipeline: str) -> tuple[RekognitionMatcher, Deletions]:
    """The matcher, and what follows it; nobody is called. `pipeline` is that of the templates made here.

    Raises: UpstreamUnusable: not a single call could be made.
    """
    if settings.rekognition_credentials is None:
        raise UpstreamUnusable("name the file of the credentials in WRITGATE_REKOGNITION_CREDENTIALS")
    calls = Calls(
        outbound=Outbound(settings.outbound, authorities=settings.outbound_authorities),
        url=settings.rekognition_url or f"https://rekognition.{settings.rekognition_region}.amazonaws.com",
        region=settings.rekognition_region,
        keys=settings.rekognition_credentials,
    )
    prefix = settings.rekognition_prefix
    return RekognitionMatcher(calls, prefix=prefix, pipeline=pipeline), Deletions(database, calls, prefix=prefix)
