"""The life of a revision, and what is asked of decisions that were made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from acts.recorder import done

if TYPE_CHECKING:
    from acts.recorder import Recorder

DRAFTS = "/v1/policies/drafts"
REASON = {"reason": "As the board decided on 3 December."}


def act(recorder: Recorder) -> None:
    admin, other = recorder.api("admin-1"), recorder.api("admin-2")
    _asked_of_the_past(recorder)
    hold = done(admin.post("/v1/policies/holds", {"agency": "nobody-pd"} | REASON))
    done(other.post(f"/v1/policies/holds/{hold['id']}/lift", REASON))
    done(recorder.api("lakeport").post("/v1/opa/status", {"labels": {"id": "desk"}, "bundles": {}}))
    _publish(recorder)
    done(admin.post(f"{_new(recorder)}/withdraw", REASON))
    rejected = done(admin.post("/v1/policies/rollback", {"revision": 1} | REASON))
    done(other.post(f"{DRAFTS}/{rejected['id']}/review", {"verdict": "reject"} | REASON))
    rolled = done(admin.post("/v1/policies/rollback", {"revision": 1} | REASON))
    _approve(recorder, f"{DRAFTS}/{rolled['id']}")
    done(admin.post(f"{DRAFTS}/{rolled['id']}/publish", {"at": "2099-01-01T00:00:00Z"}))


def _asked_of_the_past(recorder: Recorder) -> None:
    admin, decided = recorder.api("admin-1"), recorder.house.leaves(kind="search.decision")[-1]["decision_id"]
    done(admin.post("/v1/policies/replays", {"decision_id": decided}))
    done(admin.post("/v1/policies/revisions/1/explain", {"decision_id": decided}))
    supposed = {"now": recorder.house.now(), "operation": "identify_1_to_n"}
    done(admin.post("/v1/policies/revisions/1/explain", {"request": supposed, "pack": "base"}))
    done(admin.post("/v1/policies/revisions/1/impact", {"last": 5}))


def _publish(recorder: Recorder) -> None:
    """A draft that changes a word of a test, from its first file to its publication."""
    admin, draft = recorder.api("admin-1"), _new(recorder)
    note = f"{draft}/files/packs/us_wa/note_test.rego"
    done(admin.put(note, {"content": "package writgate.packs.us_wa_test\n"}))
    done(admin.delete(note))
    cases = f"{draft}/files/packs/us_wa/limits_test.rego"
    before = done(admin.get(cases))["content"]
    done(admin.put(cases, {"content": f"{before}\n# Read by the board on 3 December.\n"}))
    while (checked := admin.post(f"{draft}/check")).code == "CHECK_RUNNING":
        pass  # each waits for a minute
    assert done(checked)["passed"], checked.document
    done(admin.post(f"{draft}/submit"))
    done(admin.post(f"{draft}/reopen"))
    done(admin.post(f"{draft}/submit"))
    _approve(recorder, draft)
    done(admin.post(f"{draft}/publish", {}))


def _approve(recorder: Recorder, draft: str) -> None:
    other = recorder.api("admin-2")
    impact = done(other.post(f"{draft}/impact", {"last": 5}))
    done(other.post(f"{draft}/shadow", {"hours": 0.01}))
    done(other.get(f"{draft}/shadow"))
    seen = {"verdict": "approve", "impact": impact["digest"], "newly_permitted": 0}
    done(other.post(f"{draft}/review", seen | REASON))


def _new(recorder: Recorder) -> str:
    made = done(recorder.api("admin-1").post(DRAFTS, {"title": "Told in other words", "why": "To be tried."}))
    return f"{DRAFTS}/{made['id']}"
