"""Agencies at work: galleries, searches, approvals, examinations, uses, and the docket."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, cast

from examiner_house import GALLERY, OPERATOR, Squad, squad

from acts.recorder import done
from gateway.cli.demo.seed import CLERK_SCOPES
from gateway.cli.init import register_client
from gateway.clock import NANOSECONDS_PER_SECOND

if TYPE_CHECKING:
    from acts.recorder import Caller, Recorder

ROBBERY: dict[str, Any] = {
    "purpose": "investigate_named_offence",
    "offence": {"statute": "Tex. Penal Code 29.03"},
    "suspicion": "probable_cause",
    "justification": "the robber of the Main Street pharmacy faces the camera at 21:14",
}
FACES = ("person_a_1.jpg", "person_b_1.jpg")


def act(recorder: Recorder) -> None:
    plain = _squad(recorder, enrolled=FACES)
    asker = plain.api("asker")
    found = done(plain.search(**ROBBERY))
    _uses(plain, str(found["id"]))
    duty = recorder.house.one("SELECT id FROM enforcement.docket WHERE code = %s", "DISCLOSE_TO_DEFENCE_BEFORE_TRIAL")
    done(plain.api("all").post(f"/v1/docket/{duty[0]}/discharge", {"note": "Disclosed on 3 December."}))
    body = plain.search_body()
    why = {name: body[name] for name in ("purpose", "case_number", "justification")}
    reference = recorder.image("person_a_1.jpg")
    done(asker.post("/v1/comparisons", why | {"probe": body["probe"], "reference": reference}))
    done(asker.post("/v1/decisions", why | {"operation": "identify_1_to_n", "gallery": GALLERY}))
    done(asker.get(f"/v1/searches/{found['id']}"))
    _for_amazon(recorder, plain)
    _galleries(plain)
    _barred(_squad(recorder, jurisdiction="US-WA", enrolled=FACES[:1]))
    _approvals(_squad(recorder, approvers=1, enrolled=FACES[:1]))
    _examinations(_squad(recorder, second_examiner=True, enrolled=FACES[:1]))


def emergencies(recorder: Recorder) -> None:
    """An emergency that a paper follows, a right that is given back, and who is told of duties."""
    house = recorder.house
    force = house.force()
    exigency = house.emergency(force, confirmed=False)
    clerk = _client_of(recorder, force.agency, f"{force.agency}/sergeant")
    done(clerk.post(f"/v1/exigencies/{exigency}/confirm", {}))
    asked = {"applied_at": int(time.time()) * NANOSECONDS_PER_SECOND}
    done(clerk.post(f"/v1/exigencies/{exigency}/application", asked))
    paper = house.order(force, operations=["identify_1_to_n", "verify_1_to_1", "enrol_gallery"])
    done(clerk.post(f"/v1/exigencies/{exigency}/instrument", {"instrument": paper}))
    search = house.permit(force)
    # As if it had been permitted where the AI Act applies, which is not yet.
    house.write(
        "INSERT INTO enforcement.docket (code, agency, about_id, decision_id)"
        " VALUES ('STOP_AND_DELETE_IF_REJECTED', %s, %s::text, %s)",
        force.agency, str(search), search,
    )  # fmt: skip
    done(clerk.post(f"/v1/searches/{search}/instrument", {"instrument": paper}))
    house.write("UPDATE registry.agencies SET exigency_right = 'suspended' WHERE id = %s", force.agency)
    done(recorder.api("admin-1").post(f"/v1/agencies/{force.agency}/exigency-right", {"reason": "They were trained."}))
    person = {"name": "A. Okafor", "mail": "okafor@example.org", "user": f"{force.agency}/sergeant"}
    done(clerk.put(f"/v1/chains/{force.agency}", {"people": [person]}))
    hook = done(clerk.post("/v1/webhooks", {"url": f"{recorder.settings.outbound[0]}/duties"}))
    done(clerk.delete(f"/v1/webhooks/{hook['id']}"))


def _squad(recorder: Recorder, **terms: Any) -> Squad:
    return squad(cast("Any", recorder), **terms)


def _client_of(recorder: Recorder, agency: str, user: str) -> Caller:
    name = f"{agency}-clerk"
    register_client(
        recorder.house.services.registry, recorder.settings, name=name, agency=agency, scopes=CLERK_SCOPES,
        actor=OPERATOR, user=user,
    )  # fmt: skip
    return recorder.api(name)


def _uses(plain: Squad, search: str) -> None:
    asker = plain.api("asker")
    evidence = {"other_evidence": True, "other_evidence_independent": True}
    hearing = int(time.time() + 864_000) * NANOSECONDS_PER_SECOND
    use = {"for": "preliminary_hearing", "proceeding_at": hearing, **evidence}
    done(asker.post(f"/v1/searches/{search}/uses", use))
    done(asker.post(f"/v1/searches/{search}/outcome", {"outcome": "cleared", "statement": "An alibi."}))


def _barred(washington: Squad) -> None:
    """What the statute bars opens an incident."""
    searched = done(washington.search(**ROBBERY | {"offence": {"statute": "RCW 9A.56.200"}}))
    use = {"for": "probable_cause", "other_evidence": False}
    refused = washington.api("asker").post(f"/v1/searches/{searched['id']}/uses", use)
    assert refused.status == 403, refused.document


def _for_amazon(recorder: Recorder, plain: Squad) -> None:
    """As a program written for Rekognition does it; to list and to describe writes nothing."""
    face = done(plain.api("asker").get(f"/v1/galleries/{GALLERY}/faces"))["items"][0]["face_id"]
    headers = {"Authorization": f"Bearer {recorder.token(f'{plain.agency}-asker')}"}
    user = {"CollectionId": GALLERY, "UserId": "a"}
    for operation, members in {
        "CreateCollection": {"CollectionId": "made-for-amazon"},
        "DetectFaces": {"Image": {"Bytes": recorder.image("person_a_1.jpg")}},
        "CreateUser": user,
        "AssociateFaces": user | {"FaceIds": [face]},
        "DisassociateFaces": user | {"FaceIds": [face]},
        "DeleteUser": user,
        "DeleteCollection": {"CollectionId": "made-for-amazon"},
    }.items():
        answer = recorder.app.test_client().post(
            "/",
            data=json.dumps(members),
            content_type="application/x-amz-json-1.1",
            headers=headers | {"X-Amz-Target": f"RekognitionService.{operation}"},
        )
        assert answer.status_code == 200, answer.data


def _galleries(plain: Squad) -> None:
    asker = plain.api("asker")
    listed = done(asker.get(f"/v1/galleries/{GALLERY}/faces"))["items"]
    done(asker.delete(f"/v1/galleries/{GALLERY}/faces/{listed[0]['face_id']}"))
    done(asker.delete(f"/v1/galleries/{GALLERY}?with_faces=true"))


def _approvals(held: Squad) -> None:
    waiting = held.search()
    assert waiting.status == 202, waiting.document
    done(held.vote("boss-1", str(waiting.document["id"])))


def _examinations(held: Squad) -> None:
    waiting = held.search(min_similarity=0)
    assert waiting.status == 202, waiting.document
    for eye in ("eye-1", "eye-2"):
        done(held.examine(eye, str(waiting.document["id"])))
