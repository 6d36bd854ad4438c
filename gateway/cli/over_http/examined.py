"""A search that was made, and judged by examiners where a row says so: for rows about the release or use of a result.

No row's offence is put upon a person in a photograph: the search looks for a missing person, before the agency's own
law and contract are entered, and only who examined its result is asked about.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final

from gateway.cli.over_http.clients import add_person, asking, done
from gateway.cli.over_http.rows import DAY_NS, SEARCHES, NotAsked
from gateway.cli.photographs import default_cache, photographs
from gateway.vocabulary import Operation, Scope

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.cli.http import Api
    from gateway.cli.over_http.home import Home
    from gateway.cli.over_http.rows import Asked

_GALLERY: Final = "missing-persons"
_PERMISSIVE: Final = "US-TX"
_PICTURES: Final = ("person_a_1.jpg", "person_a_2.jpg")
_EXAMINING: Final = (Scope.REVIEWS_READ, Scope.REVIEWS_WRITE)
# Two judge, each without the other; a third is asked only where they disagree.
_MOST: Final = 2
_STORY: Final = {
    "purpose": "locate_missing_person",
    "case_number": "a case before",
    "justification": "missing since 12 November; seen on the ferry terminal camera at 14:10",
}


def is_about_a_result(asked: Asked) -> bool:
    return asked.request.get("operation") == Operation.RELEASE_RESULT or _verifiers(asked) > 0


def _verifiers(asked: Asked) -> int:
    """How many have judged the result that the row is about."""
    told = asked.request.get("verification") or {}
    return int(told.get("independent_verifiers") or 0)


def make(home: Home, administrator: Api, asked: Asked) -> str:
    """The search, judged by as many as the row says; its id.

    Raises:
        NotAsked: it could not be made.
    """
    judging = _verifiers(asked)
    operation = (asked.request.get("search") or {}).get("operation", str(Operation.IDENTIFY_1_TO_N))
    if judging > _MOST:
        raise NotAsked("a third examiner judges only where two disagree")
    pictures = photographs(default_cache())
    if not set(_PICTURES) <= pictures.keys():
        raise NotAsked("the photographs of a search could not be fetched")
    first, second = (_base64(pictures[name]) for name in _PICTURES)
    _permissive(administrator, asked, examined=judging > 0)
    body = {"probe": {"image": second, "source": "cctv_still"}, "min_similarity": 80, **_STORY}
    if operation == Operation.VERIFY_1_TO_1:
        scope, body = Scope.COMPARISONS_WRITE, body | {"reference": first}
    else:
        scope, body = Scope.SEARCHES_WRITE, body | {"gallery": _GALLERY}
        keeper = asking(home, asked, Scope.GALLERIES_WRITE)
        done(keeper.post("/v1/galleries", {"name": _GALLERY, "keep_crops": True}))
        face = {"image": first, "external_id": "missing", "source": "family", **_STORY}
        done(keeper.post(f"/v1/galleries/{_GALLERY}/faces", face))
    searched = done(asking(home, asked, scope).post(SEARCHES[operation], body))
    search = str(searched.document["id"])
    for number in range(judging):
        _judge(home, administrator, asked, search, f"examines-{number + 1}")
    return search


def _permissive(administrator: Api, asked: Asked, *, examined: bool) -> None:
    agency = {"name": "a search before", "type": "law_enforcement", "jurisdiction": _PERMISSIVE, "controls": {}}
    terms = {
        "purposes": ["locate_missing_person"],
        "operations": ["identify_1_to_n", "verify_1_to_1", "enrol_gallery"],
        "galleries": ["*"],
        "keep_crops": True,
        "second_examiner": examined,
    }
    times = {"valid_from": asked.as_of_ns - 365 * DAY_NS, "valid_to": asked.as_of_ns + 365 * DAY_NS}
    done(administrator.put(f"/v1/agencies/{asked.agency}", agency))
    done(administrator.put(f"/v1/contracts/{asked.agency}/contract", {"agency": asked.agency, **times, "terms": terms}))


def _judge(home: Home, administrator: Api, asked: Asked, search: str, examiner: str) -> None:
    user = {
        "roles": ["trained_examiner"],
        "person": f"badge {asked.agency} {examiner}",
        "training_valid_to": asked.as_of_ns + 300 * DAY_NS,
    }
    add_person(home, administrator, asked, client=examiner, user=user, scopes=_EXAMINING)
    api = home.api(f"{asked.agency}-{examiner}")
    done(api.post(f"/v1/reviews/{search}/take", {}))
    seen: list[dict[str, Any]] = done(api.get(f"/v1/reviews/{search}")).document["candidates"]
    verdicts = [{"candidate": one["candidate"], "verdict": "same_person"} for one in seen]
    done(api.post(f"/v1/reviews/{search}/judgement", {"verdicts": verdicts, "reason": "Ears and scar compared."}))


def _base64(picture: Path) -> str:
    return base64.b64encode(picture.read_bytes()).decode("ascii")
