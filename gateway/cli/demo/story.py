"""The story of the demonstration, each act a function. Nothing in it is printed before it happened."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.cli.demo.seed import CASE, GALLERY, HARLAN, LAKEPORT, Seeded, api_for, picture, warrant

if TYPE_CHECKING:
    from gateway.cli.demo.narrator import Narrator
    from gateway.cli.http import Answer, Api
    from gateway.settings import Settings

ENROLLED = ("person_a_1.jpg", "person_b_1.jpg", "person_c_1.png", "person_d_1.jpg")
SEEN = "missing since 12 November; seen on the ferry terminal's camera that day at 14:10"


@dataclass(frozen=True, slots=True)
class Cast:
    """Which pictures play: who is looked for, by which picture, and whose picture comes from the rally."""

    enrolled: str
    probe: str
    rally_probe: str

    @property
    def by_another_photograph(self) -> bool:
        return self.probe != self.enrolled


def cast(photographs: dict[str, Path]) -> Cast | None:
    """The best cast that the pictures allow; None where two faces cannot be had."""
    for player in (
        Cast("person_a_1.jpg", "person_a_2.jpg", "person_a_3.jpg"),
        Cast("person_c_1.png", "person_c_1.png", "person_d_1.jpg"),
    ):
        if {player.enrolled, player.probe, player.rally_probe} <= photographs.keys():
            return player
    return None


@dataclass(slots=True)
class Story:
    settings: Settings
    url: str
    seeded: Seeded
    photographs: dict[str, Path]
    cast: Cast
    narrator: Narrator
    order: str = ""

    def tell(self) -> None:
        self.gallery()
        self.court_order()
        self.search_under_the_order()
        self.without_the_order()
        rally = self.rally()
        again = self.same_face_other_story()
        self.vendor_terms()
        self.suspension([rally, again])

    def api(self, client: str, **bound: str) -> Api:
        return api_for(self.settings, self.url, client, **bound)

    def gallery(self) -> None:
        self.narrator.title("1. A gallery of missing persons")
        lakeport = self.api("lakeport")
        lakeport.post("/v1/galleries", {"name": GALLERY})
        for name in ENROLLED:
            if name not in self.photographs:
                continue
            answer = lakeport.post(
                f"/v1/galleries/{GALLERY}/faces",
                {
                    "image": picture(self.photographs[name]),
                    "external_id": Path(name).stem,
                    "purpose": "locate_missing_person",
                    "case_number": "2026-0400",
                    "justification": "photograph handed in by the family of the missing person on 12 November",
                    "source": "family",
                },
            )
            self.narrator.expect(f"{Path(name).stem} is enrolled from a photograph", answer.status == 200)  # noqa: PLR2004

    def court_order(self) -> None:
        self.narrator.title("2. A court signs an order; the clerk hands it in; the gateway checks the signature")
        answer = self.api("clerk").post(
            "/v1/instruments", {"warrant": warrant(self.seeded.court_key, issuer=self.settings.issuer, case=CASE)}
        )
        self.order = answer.document.get("id", "")
        self.narrator.expect(
            "the order is registered as verified by the court's own key",
            answer.document.get("origin") == "court_verified",
        )

    def search_under_the_order(self) -> None:
        self.narrator.title("3. Under the order: find a missing person by another photograph than the enrolled one")
        if not self.cast.by_another_photograph:
            self.narrator.say("not shown: no second photograph of one person could be fetched; the same one is sent")
        answer = self._search(self.cast.probe, instrument=self.order)
        candidates = answer.document.get("candidates", [])
        found = candidates[0]["external_id"] if candidates else None
        right = found == Path(self.cast.enrolled).stem and candidates[0]["rank"] == 1
        self.narrator.expect("the right person stands at rank 1", right)
        if candidates:
            self.narrator.say(f"     similarity {candidates[0]['similarity']}; {answer.document['notice']}")
        self.narrator.reasons(answer)

    def without_the_order(self) -> None:
        self.narrator.title("4. The same search without the order")
        answer = self._search(self.cast.probe)
        self.narrator.expect(
            "refused by clause 4.2 of the contract, stricter than the statute: Washington asks no order for one still",
            answer.status == 403 and "CONTRACT_DEMANDS_INSTRUMENT" in answer.codes,  # noqa: PLR2004
        )
        self.narrator.reasons(answer)

    def rally(self) -> str:
        self.narrator.title("5. Who took part in the rally?")
        answer = self._search(
            self.cast.rally_probe,
            purpose="identify_event_participants",
            case_number="2026-0501",
            justification="identify the participants of the rally on Main Street on 3 November",
            subject={"selected_because_of": "participation_in_lawful_event", "activity": "protest"},
        )
        self.narrator.expect(
            "refused under the statute, with its citation",
            answer.status == 403 and "PROTECTED_ACTIVITY" in answer.codes,  # noqa: PLR2004
        )
        self.narrator.reasons(answer, codes={"PROTECTED_ACTIVITY"})
        return str(answer.document["decision_id"])

    def same_face_other_story(self) -> str:
        self.narrator.title("6. The same face again, now under the story of a missing person")
        answer = self._search(self.cast.rally_probe, instrument=self.order, case_number="2026-0502")
        self.narrator.expect(
            "caught, and held for a supervisor, although the order itself would do",
            answer.status == 202 and "PRIOR_DENIAL_OTHER_STORY" in answer.codes,  # noqa: PLR2004
        )
        self.narrator.reasons(answer, codes={"PRIOR_DENIAL_OTHER_STORY"})
        held = str(answer.document["decision_id"])
        supervisor = self.api("supervisor")
        seen = supervisor.get(f"/v1/approvals/{held}").document
        decided = supervisor.post(
            f"/v1/approvals/{held}/votes",
            {
                "verdict": "reject",
                "reason": "The face is that of the rally, and no missing person is known under this case.",
                "request_sha256": seen.get("request_sha256", ""),
            },
        )
        shown = self.api("lakeport").get(f"/v1/searches/{held}").document
        self.narrator.expect(
            "the supervisor sees exactly what is asked and says no; nothing was searched",
            decided.document.get("state") == shown.get("status") == "rejected",
        )
        return held

    def vendor_terms(self) -> None:
        self.narrator.title("7. Another engine's terms: Amazon Rekognition, asked by a sheriff in Texas (dry runs)")
        harlan = self.api("trial")
        engine = {"vendor": "amazon_rekognition", "feature": "face_comparison"}
        robbery = {
            "operation": "identify_1_to_n",
            "purpose": "investigate_named_offence",
            "offence": {"statute": "Tex. Penal Code 29.03"},
            "suspicion": "probable_cause",
            "case_number": "26-0098",
            "justification": "the robber of the Main Street pharmacy faces the camera at 21:14",
            "written_request": True,
            "gallery": "trial",
            "min_similarity": 99,
            "probe": {"source": "cctv_still"},
            "engine": engine,
        }
        refused = harlan.post("/v1/decisions", robbery)
        self.narrator.expect(
            "a criminal case is refused by the vendor's moratorium, whatever local law allows",
            refused.document.get("permit") is False and "VENDOR_MORATORIUM" in refused.codes,
        )
        self.narrator.reasons(refused, codes={"VENDOR_MORATORIUM"})
        child = {key: value for key, value in robbery.items() if key not in {"offence", "suspicion"}} | {
            "purpose": "locate_missing_person",
            "case_number": "26-0101",
            "justification": "girl of nine missing since yesterday, last seen at the bus station at 17:40",
        }
        permitted = harlan.post("/v1/decisions", child)
        self.narrator.expect(
            "a missing child is permitted, at 99 or more and with human review",
            permitted.document.get("permit") is True
            and {"MIN_SIMILARITY_99", "HUMAN_REVIEW"} <= {o["code"] for o in permitted.document["obligations"]},
        )
        self.narrator.reasons(permitted, codes={"MORATORIUM_CARVE_OUT"})

    def suspension(self, decisions: list[str]) -> None:
        self.narrator.title("8. The agency is suspended, on the log's own evidence; then reinstated by somebody else")
        lakeport = self.api("lakeport")
        self.narrator.expect("before: its token works", lakeport.get("/v1/galleries").status == 200)  # noqa: PLR2004
        entries = [self._index_of(decision) for decision in decisions]
        imposed = self.api("admin-1").post(
            "/v1/sanctions",
            {
                "subject": {"kind": "agency", "id": LAKEPORT},
                "rule": "RCW 43.386.080(2)",
                "statement": "A participant of a rally was searched for twice, the second time under another story.",
                "entries": entries,
            },
        )
        self.narrator.expect(
            f"suspended under {imposed.document.get('rule')} by {imposed.document.get('imposed_by')},"
            f" on entries {entries}",
            imposed.status == 201,  # noqa: PLR2004
        )
        refused = _until(lambda: lakeport.get("/v1/galleries"), lambda answer: answer.status == 403)  # noqa: PLR2004
        self.narrator.expect(
            "its unexpired token stops working within a second, and the attempt is on the log",
            refused.code == "AGENCY_SUSPENDED",
        )
        sanction = imposed.document.get("id")
        same = self.api("admin-1").post(f"/v1/sanctions/{sanction}/lift", {"statement": "Reconsidered."})
        self.narrator.expect("who imposed it cannot lift it", same.code == "SAME_DECIDER")
        lifted = self.api("admin-2").post(
            f"/v1/sanctions/{sanction}/lift", {"statement": "Two users retrained; a second approver named."}
        )
        self.narrator.expect("another administrator reinstates the agency", lifted.status == 200)  # noqa: PLR2004
        old = _until(lambda: lakeport.get("/v1/galleries"), lambda answer: answer.status == 401)  # noqa: PLR2004
        self.narrator.expect("the old token stays dead", old.code == "TOKEN_REVOKED")
        self.narrator.expect("a new token works", self.api("lakeport").get("/v1/galleries").status == 200)  # noqa: PLR2004

    def _search(self, probe: str, **changes: Any) -> Answer:
        body = {
            "gallery": GALLERY,
            "probe": {"image": picture(self.photographs[probe]), "source": "cctv_still"},
            "purpose": "locate_missing_person",
            "case_number": CASE,
            "justification": SEEN,
        }
        return self.api("lakeport").post("/v1/searches", body | changes)

    def _index_of(self, decision: str) -> int:
        auditor = self.api("auditor")
        answer = _until(
            lambda: auditor.get(f"/v1/audit/entries?decision_id={decision}&kind=search.decision"),
            lambda found: bool(found.document.get("items")),
        )
        return int(answer.document["items"][0]["index"])


def _until(ask: Any, held: Any, *, seconds: float = 5.0) -> Answer:
    """Asks until it holds; the last answer where it never does."""
    deadline = time.monotonic() + seconds
    while True:
        answer: Answer = ask()
        if held(answer) or time.monotonic() > deadline:
            return answer
        time.sleep(0.05)


__all__ = ["HARLAN", "Story"]
