"""An agency whose requests wait for people, on a running gateway: who asks, approves and examines, each with a client.

Made through the registry's own services, with persons (badges) and training; a test may add accounts of its own.
"""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gateway.audit.disclosures import DisclosureKeys
from gateway.audit.log import AuditLog
from gateway.cli.demo.seed import AGENCY_SCOPES, CONTROLS, DAY_NS
from gateway.cli.init import register_client
from gateway.database import Database
from gateway.postgres.deployment import DatabaseRole
from gateway.registry.models import Actor, AgencyWrite, ContractWrite, UserWrite
from gateway.registry.service import Registry
from gateway.vocabulary import Scope

if TYPE_CHECKING:
    from gateway_house import House

    from gateway.cli.http import Answer, Api

OPERATOR: Final = Actor(kind="operator", id="test")
GALLERY: Final = "missing-people"
APPROVING: Final = (Scope.APPROVALS_READ, Scope.APPROVALS_WRITE)
EXAMINING: Final = (Scope.REVIEWS_READ, Scope.REVIEWS_WRITE)
# All that a client of an agency could ever be given.
EVERYTHING: Final = tuple(scope for scope in Scope if scope not in {Scope.SANCTIONS_WRITE, Scope.INCIDENTS_READ})
WHY: Final = "missing since 12 November; seen on the ferry terminal camera at 14:10"
_numbers = itertools.count(1)


@dataclass(slots=True)
class Squad:
    """The clients are `asker`, `boss-1`, `boss-2`, `eye-1` to `eye-3` and `all` (every scope, the asker's user)."""

    house: House
    agency: str

    def api(self, client: str, **bound: str) -> Api:
        return self.house.api(f"{self.agency}-{client}", **bound)

    def search_body(self, picture: str = "person_a_2.jpg", **changes: Any) -> dict[str, Any]:
        body = {
            "gallery": GALLERY,
            "probe": {"image": self.house.image(picture), "source": "cctv_still"},
            "purpose": "locate_missing_person",
            # One case: a face that came under case after case would be held for a supervisor.
            "case_number": f"{self.agency}-case",
            "justification": WHY,
            "min_similarity": 80,
        }
        return body | changes

    def search(self, picture: str = "person_a_2.jpg", **changes: Any) -> Answer:
        return self.api("asker").post("/v1/searches", self.search_body(picture, **changes))

    def shown(self, search: str) -> dict[str, Any]:
        return self.api("asker").get(f"/v1/searches/{search}").document

    def vote(self, client: str, search: str, verdict: str = "approve", **changes: Any) -> Answer:
        """Previews and votes."""
        api = self.api(client)
        seen = api.get(f"/v1/approvals/{search}")
        body = {
            "verdict": verdict,
            "reason": "The case was opened on 12 November and the picture is from its file.",
            "request_sha256": seen.document.get("request_sha256", "0" * 64),
        }
        return api.post(f"/v1/approvals/{search}/votes", body | changes)

    def examine(self, client: str, search: str, *same: str) -> Answer:
        """Takes the review and judges: `same` are the candidates taken for the same person, all others for another."""
        api = self.api(client)
        taken = api.post(f"/v1/reviews/{search}/take", {})
        if taken.status != 201:
            return taken
        seen = api.get(f"/v1/reviews/{search}").document
        verdicts = [
            {
                "candidate": one["candidate"],
                "verdict": "same_person" if one["candidate"] in same else "different_person",
            }
            for one in seen["candidates"]
        ]
        return api.post(f"/v1/reviews/{search}/judgement", {"verdicts": verdicts, "reason": "Ears and scar compared."})

    def person(self, user: str, *, badge: str | None, roles: list[str], client: str, scopes: tuple[Scope, ...]) -> None:
        """An account of the agency, and a client that acts for it."""
        with self._registry() as (registry, _):
            self._user(registry, user, badge=badge, roles=roles)
            register_client(
                registry, self.house.settings, name=f"{self.agency}-{client}", agency=self.agency, scopes=scopes,
                actor=OPERATOR, user=f"{self.agency}/{user}",
            )  # fmt: skip

    def _user(self, registry: Registry, user: str, *, badge: str | None, roles: list[str], **fields: Any) -> None:
        values = {
            "id": f"{self.agency}/{user}",
            "agency": self.agency,
            "name": f"{user} (fictional)",
            "roles": roles,
            "person": badge,
            "training_valid_to_ns": time.time_ns() + 300 * DAY_NS,
        }
        registry.put_user(UserWrite.model_validate(values | fields), actor=OPERATOR)

    def _registry(self) -> Any:
        return _opened(self.house)


class _opened:  # noqa: N801 - read as a word of the sentence that opens it
    def __init__(self, house: House) -> None:
        self._house = house

    def __enter__(self) -> tuple[Registry, Database]:
        self._database = Database(self._house.deployment.conninfo(DatabaseRole.WEB), name="test squad")
        log = AuditLog(keys=DisclosureKeys.load(self._house.settings.keys))
        return Registry(self._database, log), self._database

    def __exit__(self, *_: object) -> None:
        self._database.close()


def squad(house: House, *, jurisdiction: str = "US-TX", enrolled: tuple[str, ...] = (), **terms: Any) -> Squad:
    """A new agency with its people, a gallery that keeps crops, and these pictures in it."""
    agency = f"squad-{next(_numbers)}"
    made = Squad(house, agency)
    now = time.time_ns()
    with made._registry() as (registry, _):
        registry.put_agency(
            AgencyWrite.model_validate(
                {
                    "id": agency,
                    "name": "A Police Department (fictional)",
                    "type": "law_enforcement",
                    "jurisdiction": jurisdiction,
                    "controls": CONTROLS,
                }
            ),
            actor=OPERATOR,
        )
        given: dict[str, Any] = {
            "purposes": ["locate_missing_person", "investigate_named_offence"],
            "operations": ["identify_1_to_n", "verify_1_to_1", "enrol_gallery", "use_result"],
            "galleries": ["*"],
            "min_similarity": 0,
            "max_candidates": 10,
            "keep_crops": True,
        }
        registry.put_contract(
            ContractWrite.model_validate(
                {
                    "id": f"{agency}/contract",
                    "agency": agency,
                    "valid_from_ns": now - 30 * DAY_NS,
                    "valid_to_ns": now + 30 * DAY_NS,
                    "terms": given | terms,
                }
            ),
            actor=OPERATOR,
        )
    made.person("ann", badge="B-1", roles=["investigator"], client="asker", scopes=AGENCY_SCOPES)
    made.person("ann", badge="B-1", roles=["investigator"], client="all", scopes=EVERYTHING)
    for number, user in enumerate(("bo", "cy"), start=1):
        made.person(user, badge=f"S-{number}", roles=["supervisor_approver"], client=f"boss-{number}", scopes=APPROVING)
    for number, user in enumerate(("di", "ed", "flo"), start=1):
        made.person(user, badge=f"E-{number}", roles=["trained_examiner"], client=f"eye-{number}", scopes=EXAMINING)
    asker = made.api("asker")
    assert asker.post("/v1/galleries", {"name": GALLERY, "keep_crops": given["keep_crops"]}).status == 201
    for picture in enrolled:
        body = made.search_body(picture)
        answer = asker.post(
            f"/v1/galleries/{GALLERY}/faces",
            {
                "image": body["probe"]["image"],
                "external_id": picture.partition(".")[0],
                "purpose": "locate_missing_person",
                "case_number": "enrolment",
                "justification": "photograph handed in by the family of the missing person on 12 November",
                "source": "family",
            },
        )
        assert answer.status == 200, answer.document
    return made
