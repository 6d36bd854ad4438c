"""A withheld result shows nowhere: every way out of the gateway is looked through while people decide, and afterwards.

Looked for are the faces and names that were found, how near each was, and how many there were.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pytest
from botocore.exceptions import ClientError
from examiner_house import EVERYTHING, GALLERY, WHY, Squad, squad
from gateway_house import House, gateway_house
from outlet_house import ALL_FORMS, Outlets, sealed_values, withheld_outcome
from post_house import post_office, webhook
from rekognition_house import rekognition

from gateway.vocabulary import AccountRole, Role

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from gateway.recognition.models import Candidate, Outcome

pytestmark = [pytest.mark.photographs, pytest.mark.timeout(1500)]

ENROLLED: Final = ("person_a_1.jpg", "person_b_1.jpg", "person_c_1.png")
# Fields that only a result has.
OF_A_RESULT: Final = frozenset(
    """
    candidates lead faces_searched faces_not_searched similarity distance similarity_thousandths distance_micro
    rank false_candidate above_floor comparison face_id external_id FaceMatches SearchedFaceBoundingBox
    """.split()  # noqa: SIM905 - read as a list of words
)
# Digits of a number that is no coincidence.
_SHORTEST: Final = 4
FIRST: Final = ("nobody", "asker of the agency", "eye-3 of the agency", "auditor", "all of another")
WATCHING: Final = ("admin-1", "admin-2", "auditor", "clerk")
# No gallery here has as many faces, and no time is as early.
_COUNTED: Final = 1000
STAGES: Final = ("nobody has judged", "one has judged")
STREAMS: Final = len(ALL_FORMS) + 1


@pytest.fixture(scope="module")
def outlets(pictures: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outlets]:
    """A gateway whose every outlet is open, and an agency whose results are judged by two examiners."""
    with post_office() as post, webhook() as hook:
        mail: dict[str, Any] = {"smtp_host": "127.0.0.1", "smtp_port": post.port, "smtp_security": "none"}
        with gateway_house(pictures, outbound=[hook.origin], **mail) as house:
            team = squad(house, second_examiner=True, enrolled=ENROLLED)
            strangers = squad(house, enrolled=ENROLLED)
            callers, folder = _callers(team, strangers), tmp_path_factory.mktemp("bundles")
            outlets = Outlets(house, team.agency, folder, hook.origin, hook.came, post.letters, callers)
            outlets.stream()
            _be_told(house, team, hook.origin)
            yield outlets


@pytest.fixture(scope="module")
def team(outlets: Outlets) -> Squad:
    return Squad(outlets.house, outlets.agency)


def _callers(team: Squad, strangers: Squad) -> dict[str, str | None]:
    """The agency's people, another agency's, those who watch, and nobody."""
    callers: dict[str, str | None] = {"nobody": None}
    callers |= {f"{name} of the agency": f"{team.agency}-{name}" for name in ("asker", "boss-1", "eye-3")}
    callers |= {f"{name} of another": f"{strangers.agency}-{name}" for name in ("all", "boss-1", "eye-1")}
    return callers | {name: name for name in WATCHING}


def _let_everybody_in(outlets: Outlets, team: Squad) -> None:
    """Somebody of each role in the agency with every scope there is, and people at the console."""
    for role in Role:
        name = role.value.replace("_", "-")
        team.person(name, badge=f"R-{name}", roles=[role.value], client=name, scopes=EVERYTHING)
        outlets.callers[f"{role.value} of the agency"] = f"{team.agency}-{name}"
    for user in ("ann", "bo", "flo"):
        outlets.sign_in(f"{team.agency}/{user}")
    outlets.sign_in("chief", AccountRole.ADMINISTRATOR)
    outlets.sign_in("watcher", AccountRole.AUDITOR)


def _be_told(house: House, team: Squad, origin: str) -> None:
    """The agency's people by mail, the agency and the operator by webhooks."""
    people = [
        {"name": user, "mail": f"{user}@agency.example", "user": f"{team.agency}/{user}"} for user in ("bo", "di", "ed")
    ]
    admin = house.api("admin-1")
    assert admin.put(f"/v1/chains/{team.agency}", {"people": people}).status == 200
    assert admin.post("/v1/webhooks", {"url": f"{origin}/all"}).status == 201
    assert team.api("all").post("/v1/webhooks", {"url": f"{origin}/agency"}).status == 201


def waiting(team: Squad, picture: str = "person_a_2.jpg", **changes: Any) -> tuple[str, str]:
    """The id of a search, or comparison, that waits for examiners, and all that the answer said, repeated too."""
    body, asker, path = team.search_body(picture, **{"min_similarity": 0} | changes), team.api("asker"), "/v1/searches"
    if "reference" in body:
        del body["gallery"]
        path = "/v1/comparisons"
    key = f"{picture}-{path[4:]}"
    answer = asker.post(path, body, Idempotency_Key=key)
    assert (answer.status, answer.document.get("status")) == (202, "awaiting_review"), answer.document
    again = asker.post(path, body, Idempotency_Key=key)
    return str(answer.document["id"]), json.dumps([answer.document, again.document])


def through_rekognition(team: Squad) -> tuple[str, str]:
    """The same by a program that was written for Amazon Rekognition."""
    story: dict[str, Any] = {"purpose": "locate_missing_person", "justification": WHY}
    story |= {"case_number": f"{team.agency}-case", "galleries": [GALLERY]}
    client = rekognition(team.house, client=f"{team.agency}-asker", **story)
    picture = team.house.photographs["person_a_3.jpg"].read_bytes()
    with pytest.raises(ClientError) as refused:
        client.search_faces_by_image(CollectionId=GALLERY, Image={"Bytes": picture}, FaceMatchThreshold=0)
    said = json.dumps(refused.value.response, default=str)
    found = re.search(r'"decision-id": "([0-9a-f-]{36})"', said)
    assert found, said
    return found[1], said


def secrets(found: Outcome) -> set[str]:
    """What was found, as it is spelled once it may be told; short numbers are everywhere, and left out."""
    every: list[Outcome | Candidate] = [found, *found.candidates]
    similarities = [one.similarity_thousandths for one in every if one.similarity_thousandths is not None]
    distances = [one.distance_micro for one in every if one.distance_micro is not None]
    spelled = {str(value) for one in similarities for value in (round(one / 1000, 2), one / 1000)}
    spelled |= {str(value) for one in distances for value in (one, one / 1_000_000)}
    told = {value for value in spelled if len(value.replace(".", "").strip("0")) >= _SHORTEST}
    return told | {str(one.face_id) for one in found.candidates} | {one.external_id for one in found.candidates}


def leaks(told: dict[str, str], wanted: set[str], decisions: set[str]) -> set[str]:
    """Where something of a result came out: a value by itself, not digits of a hash, or a field that a result has."""
    pattern = re.compile(rf"(?<![\w.])(?:{'|'.join(map(re.escape, sorted(wanted)))})(?![\w.])")
    found = {f"{where}: {match[0]}" for where, text in told.items() for match in pattern.finditer(text)}
    fields = {
        f"{where}: {name}"
        for where, text in told.items()
        for document in _documents(text)
        for about in _about(document, decisions)
        for name in _result_fields(about)
    }
    return found | fields


def _documents(text: str) -> Iterator[Any]:
    """The whole as JSON, or each line of it that is."""
    for part in (text, *text.splitlines()):
        try:
            document = json.loads(part)
        except ValueError:
            continue
        if isinstance(document, dict | list):
            yield document
            if part is text:
                return


def _about(document: Any, decisions: set[str]) -> Iterator[Any]:
    """Of lists the items about these decisions; of anything else that is about one, all."""
    if isinstance(document, list):
        for item in document:
            yield from _about(item, decisions)
    elif isinstance(document, dict) and isinstance(document.get("items"), list):
        yield from _about(document["items"], decisions)
    elif any(decision in json.dumps(document) for decision in decisions):
        yield document


def _result_fields(document: Any) -> set[str]:
    found: set[str] = set()
    if isinstance(document, str) and document.startswith(("{", "[")):
        return {name for inner in _documents(document) for name in _result_fields(inner)}
    if isinstance(document, dict):
        found = {name for name, value in document.items() if name in OF_A_RESULT and value is not None}
    inner = document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
    return found.union(*(_result_fields(value) for value in inner))


def test_until_both_have_judged_nothing_of_a_result_comes_out_anywhere(outlets: Outlets, team: Squad) -> None:
    """A search, a comparison, and a search through the Rekognition edge; and then it shows for whom it may."""
    _let_everybody_in(outlets, team)
    search, answer = waiting(team)
    comparison, compared = waiting(team, reference=team.house.image("person_a_1.jpg"))
    program, refused = through_rekognition(team)
    decisions = [search, comparison, program]
    outcomes = [withheld_outcome(outlets.house, decision) for decision in decisions]
    wanted = set[str]().union(*map(secrets, outcomes))
    assert len(wanted) > 2 * len(ENROLLED)
    told = {"answer": answer, "comparison": compared, "program": refused}
    for stage, kind in zip(STAGES, ("review.opened", "review.judged"), strict=True):
        if kind == "review.judged":
            for decision, same in zip(decisions, _same(outcomes), strict=True):
                assert team.examine("eye-1", decision, same).document == {"id": decision, "state": "judged"}
        # Everybody asks once, at the later time.
        callers: Iterable[str] = outlets.callers if kind == "review.judged" else FIRST
        said = outlets.told(decisions, kind=kind, callers=callers)
        told |= {f"{stage}: {where}": text for where, text in said.items()}
        indexes = [entry["index"] for decision in decisions for entry in outlets.entries(decision, kind=kind)]
        # Nothing of it is on the log at all, not even sealed: so no key of the home opens it there.
        told[f"{stage}: sealed"] = sealed_values(outlets.house, indexes)
    assert _unreached(told, search) == set()
    assert leaks(told, wanted, set(decisions)) == set()

    for decision, same in zip(decisions, _same(outcomes), strict=True):
        assert team.examine("eye-2", decision, same).status == 200
    others = ["nobody", "auditor", "all of another"]
    after = outlets.told(decisions, kind="search.release", callers=[*others, "asker of the agency"])
    nearest = outcomes[0].candidates[0]
    (shown,) = json.loads(after[f"asker of the agency: /v1/searches/{search}"])["answer"]["candidates"]
    assert (shown["face_id"], shown["similarity"]) == (str(nearest.face_id), nearest.similarity)
    assert team.shown(comparison)["answer"]["similarity"] == outcomes[1].similarity
    # Whoever may have fields opened can hand over all that was found, rejected faces too.
    everybody = {str(candidate.face_id) for candidate in outcomes[0].candidates}
    opened = [text for where, text in after.items() if where.startswith("candidates of review.ended")]
    assert [{face for face in everybody if face in text} for text in opened].count(everybody) == len(decisions) - 1
    assert {face for face in everybody if face in after["opened bundle"]} == everybody
    # And nobody else learns more than before: only how many there are, which the entry of the release says.
    elsewhere = {where: text for where, text in after.items() if where.partition(":")[0] in others}
    assert len(elsewhere) > 200
    assert leaks(elsewhere, wanted, set()) == set()


def test_until_a_supervisor_has_decided_nothing_of_a_result_comes_out_anywhere(outlets: Outlets) -> None:
    """Here the entry of the outcome holds all of it, sealed; the doors of the log keep it shut, the operator's too."""
    house, origin = outlets.house, outlets.origin
    force = squad(house, enrolled=ENROLLED)
    _be_told(house, force, origin)
    _searches_a_colleague(force)
    people = ("asker", "all", "boss-1", "eye-1")
    callers: dict[str, str | None] = {f"{name} of the agency": f"{force.agency}-{name}" for name in people}
    callers |= {name: name for name in WATCHING}
    there = replace(outlets, agency=force.agency, callers=callers, people={})
    answer = force.search("person_b_1.jpg", min_similarity=0)
    assert (answer.status, answer.document.get("status")) == (202, "awaiting_approval"), answer.document
    search = str(answer.document["id"])
    outcome = withheld_outcome(house, search)
    assert len(outcome.candidates) == len(ENROLLED)
    told = there.told([search], kind="approval.requested", callers=callers) | {"answer": json.dumps(answer.document)}
    shut = [where for where in told if where.startswith("candidates of search.outcome")]
    assert len(shut) == 1
    assert "RESULT_WITHHELD" in told[shut[0]]
    assert search in told["opened bundle"]
    assert search in told["boss-1 of the agency: /v1/approvals"]
    assert leaks(told, secrets(outcome), {search}) == set()

    assert force.vote("boss-1", search).document["state"] == "approved"
    after = there.told([search], kind="search.release", callers=["asker of the agency"])
    for where in (shut[0], "opened bundle", f"asker of the agency: /v1/searches/{search}"):
        assert str(outcome.candidates[0].face_id) in after[where], where


def _searches_a_colleague(force: Squad) -> None:
    """The agency's gallery of its own people holds the face that is searched next."""
    asker = force.api("asker")
    assert asker.post("/v1/galleries", {"name": "our-own", "staff": True}).status == 201
    enrolled = {
        "image": force.house.image("person_b_1.jpg"),
        "external_id": "colleague",
        "purpose": "locate_missing_person",
        "case_number": "staff",
        "justification": "photograph taken for the service card on 12 November",
    }
    assert asker.post("/v1/galleries/our-own/faces", enrolled).status == 200


def test_an_examiner_with_a_place_sees_faces_where_they_are_judged_and_nothing_else(
    outlets: Outlets, team: Squad
) -> None:
    search, _ = waiting(team, "person_a_4.png")
    outcome = withheld_outcome(outlets.house, search)
    assert team.api("eye-1").post(f"/v1/reviews/{search}/take", {}).status == 201
    entries = outlets.entries(search, kind="review.taken")
    outlets.callers["who examines"] = f"{team.agency}-eye-1"
    told = outlets.asked("who examines", [search], outlets.paths([search], entries))
    faces = {str(candidate.face_id) for candidate in outcome.candidates}
    at_work = f"who examines: /v1/reviews/{search}"
    assert leaks(told, secrets(outcome), {search}) == {f"{at_work}: {face}" for face in faces} | {
        f"{at_work}: candidates"
    }


def test_a_result_that_found_somebody_waits_like_one_that_found_nobody(outlets: Outlets, team: Squad) -> None:
    """What is told of the two differs in nothing but ids, times and digests."""
    found, answer = waiting(team, "person_b_1.jpg")
    nothing, other_answer = waiting(team, "person_d_1.jpg", min_similarity=99)
    assert len(withheld_outcome(outlets.house, found).candidates) == len(ENROLLED)
    assert withheld_outcome(outlets.house, nothing).candidates == ()
    assert _shape(json.loads(answer)) == _shape(json.loads(other_answer))
    for decision in (found, nothing):
        assert team.examine("eye-1", decision).status == 200
    entries, others = (outlets.entries(decision, kind="review.judged") for decision in (found, nothing))
    assert [_shape(entry) for entry in entries] == [_shape(entry) for entry in others]
    assert [entry["entry"]["kind"] for entry in entries].count("review.viewed") == 1


def _same(outcomes: list[Outcome]) -> list[str]:
    """Of each result the face that examiners take for the person of the probe: the nearest."""
    return [str(one.candidates[0].face_id) if one.candidates else "reference" for one in outcomes]


def _unreached(told: dict[str, str], search: str) -> set[str]:
    """Outlets that tell nothing of the search at all: a leak would not be found there."""
    reached = {where for where, text in told.items() if search in text}
    streams = {re.sub(r" \d+\.parquet$", "", where) for where in reached if where.startswith("one has judged: stream ")}
    missing = set() if len(streams) == STREAMS else {f"streams: only {sorted(streams)}"}
    for place in ("opened bundle", "bundle", "log of the processes", f"asker of the agency: /v1/searches/{search}"):
        missing |= {place for stage in STAGES if f"{stage}: {place}" not in reached}
    for part in (
        "webhook",
        "letter",
        "auditor: /v1/audit/entries",
        "auditor: /log/tile/entries/",
        "eye-3 of the agency",
    ):
        missing |= {part for stage in STAGES if not any(where.startswith(f"{stage}: {part}") for where in reached)}
    return missing


def _shape(document: Any) -> Any:
    """A document without what differs between any two: large numbers, and texts that are no words of a list."""
    if isinstance(document, dict):
        return {name: _shape(value) for name, value in document.items() if name not in {"leaf", "index"}}
    if isinstance(document, list):
        return [_shape(value) for value in document]
    if isinstance(document, str) and not re.fullmatch(r"[A-Z_.]{1,64}|[a-z_.]{1,64}", document):
        return "text"
    return "number" if isinstance(document, int | float) and document > _COUNTED else document
