"""A refusal of an act about the log; what `web.refusals` answers."""

from __future__ import annotations

from gateway.refusal import Refusal


class ActRefused(Refusal):
    """The act cannot be."""
