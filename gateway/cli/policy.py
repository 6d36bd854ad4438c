"""`writgate policy`: what policy said, why, and what it would say."""

from __future__ import annotations

import click

from gateway.cli import history


@click.group()
def policy() -> None:
    """Revisions of the policy: replay, explain, compare."""


for _command in history.COMMANDS:
    policy.add_command(_command)
