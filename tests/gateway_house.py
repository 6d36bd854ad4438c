"""A whole gateway for tests: real processes, the demonstration's agencies, and clients to call it with."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from homes import new_home

from gateway.cli.demo.seed import CASE, GALLERY, Seeded, api_for, picture, seed, token_for, warrant
from gateway.cli.serve import serving
from gateway.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.cli.http import Answer, Api
    from gateway.cli.supervisor import Supervisor
    from gateway.postgres.deployment import Deployment


@dataclass(slots=True)
class Callers:
    """Who calls the gateway of `settings`, and with what."""

    settings: Settings
    seeded: Seeded
    photographs: dict[str, Path]

    @property
    def url(self) -> str:
        return f"http://{self.settings.host}:{self.settings.port}"

    def api(self, client: str = "lakeport", **bound: str) -> Api:
        return api_for(self.settings, self.url, client, **bound)

    def bearer(self, client: str = "lakeport") -> str:
        """A token that whoever holds it may send; only where the house allows it."""
        return token_for(self.settings, self.url, client)

    def image(self, name: str) -> str:
        return picture(self.photographs[name])

    def order(self, case: str = CASE) -> str:
        """A court order for the case, as the clerk hands it in; the instrument's id."""
        answer = self.api("clerk").post(
            "/v1/instruments", {"warrant": warrant(self.seeded.court_key, issuer=self.settings.issuer, case=case)}
        )
        assert answer.status == 201, answer.document
        return str(answer.document["id"])

    def search_body(self, **changes: Any) -> dict[str, Any]:
        """A search that is permitted, once `instrument` names an order."""
        body = {
            "gallery": GALLERY,
            "probe": {"image": self.image("person_a_2.jpg"), "source": "cctv_still"},
            "purpose": "locate_missing_person",
            "case_number": CASE,
            "justification": "missing since 12 November; seen on the ferry terminal camera at 14:10",
        }
        return body | changes

    def enrol(self, name: str, *, gallery: str = GALLERY, client: str = "lakeport", **changes: Any) -> Answer:
        body = {
            "image": self.image(name),
            "external_id": Path(name).stem,
            "purpose": "locate_missing_person",
            "case_number": "2026-0400",
            "justification": "photograph handed in by the family of the missing person on 12 November",
            "source": "family",
        }
        return self.api(client).post(f"/v1/galleries/{gallery}/faces", body | changes)


@dataclass(slots=True)
class House(Callers):
    supervisor: Supervisor
    deployment: Deployment


@contextmanager
def gateway_house(photographs: dict[str, Path], **settings: Any) -> Iterator[House]:
    home = new_home()
    try:
        with serving(Settings(home=home, port=0, **({"requests_per_minute": 1_000_000} | settings))) as (
            running,
            supervisor,
            deployment,
        ):
            try:
                yield House(running, seed(running, deployment), photographs, supervisor, deployment)
            finally:
                supervisor.end()
                deployment.destroy()
    finally:
        shutil.rmtree(home, ignore_errors=True)
