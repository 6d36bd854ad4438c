"""`writgate demo`: no questions; starts everything, tells the story, and exits 0 only if all of it held."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli.context import temporary_home
from gateway.cli.demo.both_engines import compare_engines
from gateway.cli.demo.describe import curl_lines, describe
from gateway.cli.demo.log_acts import tamper_with_a_copy, verify_the_log
from gateway.cli.demo.narrator import Narrator
from gateway.cli.demo.seed import seed
from gateway.cli.demo.story import Story, cast
from gateway.cli.init import INITIALISED
from gateway.cli.photographs import default_cache, photographs, shortfall
from gateway.cli.serve import NotReady, serving
from gateway.postgres.errors import DeploymentError
from gateway.settings import OwnSettings, SettingsError
from gateway.signals import when_told_to_end

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.cli.supervisor import Supervisor


@click.command()
@click.option("--home", type=click.Path(path_type=Path, file_okay=False), help="Where to keep it.")
@click.option("--port", type=int, default=0, help="The port to listen on; a free one when left out.")
@click.option("--keep", is_flag=True, help="Leave the gateway running until it is interrupted.")
@click.option(
    "--describe",
    "description",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write what runs where to this file as JSON.",
)
def demo(*, home: Path | None, port: int, keep: bool, description: Path | None) -> None:
    """Start a gateway with two fictional agencies and tell what it does."""
    narrator = Narrator()
    narrator.title("Writgate: a court's order, a policy and a log in front of face recognition")
    pictures = photographs(default_cache())
    if missing := shortfall(pictures):
        narrator.say(missing)
    players = cast(pictures)
    if players is None:
        raise click.ClickException(
            "The story needs photographs that could not be fetched with the package installer. "
            "Check its index settings and the network, then try again."
        )
    try:
        with _home(home) as folder, _serving(folder, port, keep=home is not None) as (settings, supervisor, deployment):
            narrator.say(f"PostgreSQL, engine, sequencer, signer, sweeper and web are up; {settings.issuer} answers.")
            seeded = seed(settings, deployment)
            story = Story(settings, settings.issuer, seeded, pictures, players, narrator)
            story.tell()
            verify_the_log(settings, deployment, narrator)
            tamper_with_a_copy(settings, deployment, narrator)
            compare_engines(settings, deployment, narrator)
            told = describe(settings, seeded, pictures, story.order)
            if description:
                description.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
            if keep:
                _stay(narrator, supervisor, told)
    except (DeploymentError, SettingsError, NotReady) as error:
        raise click.ClickException(str(error)) from None
    _end(narrator)


def _end(narrator: Narrator) -> None:
    narrator.title("All of it held." if not narrator.failures else f"{len(narrator.failures)} claims did not hold:")
    for failure in narrator.failures:
        narrator.say(failure)
    if narrator.failures:
        sys.exit(1)


@contextmanager
def _home(given: Path | None) -> Iterator[Path]:
    """The folder that was named, or a new one that is gone afterwards."""
    if given is not None:
        yield given
        return
    with temporary_home() as folder:
        yield folder


@contextmanager
def _serving(folder: Path, port: int, *, keep: bool) -> Iterator[Any]:
    # Its reader tries it with curl, which can send no proof of a key.
    settings = OwnSettings(home=folder, port=port, allow_bearer_tokens=True)
    _mark(settings)
    with serving(settings) as (running, supervisor, deployment):
        try:
            yield running, supervisor, deployment
        finally:
            supervisor.end()
            if not keep:
                deployment.destroy()


def _mark(settings: OwnSettings) -> None:
    """Says for whoever opens this home later whose it is.

    Raises:
        SettingsError: a gateway that is no demonstration lives here.
    """
    if (settings.state / INITIALISED).exists() and not settings.demonstration.exists():
        raise SettingsError(
            f"{settings.home} is the home of a gateway, or of an older version's demonstration. Name another folder, or"
            " remove it where it was a demonstration's."
        )
    settings.create_folders()
    settings.demonstration.touch(mode=0o600)


def _stay(narrator: Narrator, supervisor: Supervisor, told: dict[str, Any]) -> None:
    when_told_to_end(supervisor.stop)
    narrator.title(f"The gateway stays at {told['url']} until you press Ctrl-C. Try it:")
    narrator.console.print(curl_lines(told), markup=False)
    supervisor.wait()
