"""The life of a revision, and what is asked of decisions that were made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from acts.recorder import done

if TYPE_CHECKING:
    from acts.recorder import Recorder

DRAFTS = "/v1/policies/drafts"
REASON = {"reason": "As the board decided on 3 December."}


def act(recorder: Recorder) -> None:
    admin = recorder.api("admin-1")
    _publication(recorder)
    decided = recorder.house.leaves(kind="search.decision")[-1]["decision_id"]
    live = done(admin.get("/v1/policies/revisions"))["items"][0]["number"]
    done(admin.post("/v1/policies/replays", {"decision_id": decided}))
    done(admin.post(f"/v1/policies/revisions/{live}/explain", {"decision_id": decided}))
    done(admin.post(f"/v1/policies/revisions/{live}/impact", {"last": 5}))
    hold = done(admin.post("/v1/policies/holds", {"agency": "nobody-pd"} | REASON))
    done(recorder.api("admin-2").post(f"/v1/policies/holds/{hold['id']}/lift", REASON))
    done(recorder.api("lakeport").post("/v1/opa/status", {"labels": {"id": "desk"}, "bundles": {}}))
    _drafts(recorder)


def _drafts(recorder: Recorder) -> None:
    """A draft that is written, checked, submitted and withdrawn, with what is asked of it on the way."""
    admin = recorder.api("admin-1")
    draft = f"{DRAFTS}/{_new(recorder)}"
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
    done(admin.post(f"{draft}/withdraw", REASON))


def _publication(recorder: Recorder) -> None:
    """A rollback, which was checked when it was first published, to the revision that is live."""
    admin, other = recorder.api("admin-1"), recorder.api("admin-2")
    live = done(admin.get("/v1/policies/revisions"))["items"][0]["number"]
    for verdict in ("reject", "approve"):
        rolled = done(admin.post("/v1/policies/rollback", {"revision": live} | REASON))
        draft = f"{DRAFTS}/{rolled['id']}"
        if verdict == "reject":
            done(other.post(f"{draft}/review", {"verdict": verdict} | REASON))
            continue
        impact = done(other.post(f"{draft}/impact", {"last": 5}))
        done(other.post(f"{draft}/shadow", {"hours": 0.01}))
        seen: dict[str, Any] = {"impact": impact["digest"], "newly_permitted": 0}
        done(other.post(f"{draft}/review", {"verdict": verdict} | seen | REASON))
        done(admin.post(f"{draft}/publish", {}))


def _new(recorder: Recorder) -> str:
    made = done(recorder.api("admin-1").post(DRAFTS, {"title": "Told in other words", "why": "To be tried."}))
    return str(made["id"])
