"""What can go wrong before there is a database to talk to. Each message says what to do about it."""

from __future__ import annotations


class DeploymentError(Exception):
    """The database cannot be brought up."""


class ServerDidNotStart(DeploymentError):  # noqa: N818  it states what happened
    """The embedded PostgreSQL did not answer in time, or gave up; the message ends with the tail of its log."""


class ClusterInUse(DeploymentError):  # noqa: N818  it states what is so
    """The embedded PostgreSQL cannot be removed while some process uses it."""


class MigrationError(DeploymentError):
    """The migrations on disk and those recorded in the database do not belong together, or one failed."""
