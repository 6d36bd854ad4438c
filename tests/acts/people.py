"""People at their browsers: invitations, credentials, sessions, and programs that they let act for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console_house import PASSWORD, Person, enrolled, invite, spelled_on
from program_house import ok, program, told

from acts.authenticator import Authenticator
from acts.recorder import done
from gateway.identity.client_credentials import public_part
from gateway.identity.clients import CLIENT_CREDENTIALS
from gateway.identity.keys import new_key

if TYPE_CHECKING:
    from program_house import Program

    from acts.recorder import Recorder

ACCOUNT = "/console/account"
BETTER = "nine quiet herons over the bay"


def act(recorder: Recorder) -> None:
    house = recorder.house
    force = house.force(user_strength="authenticated")
    assert force.caller.user is not None
    person = enrolled(house, recorder.app, force.caller.user)
    _passwords(recorder, person, force.caller.user)
    _passkeys(recorder, person)
    _sessions(recorder, person, force.caller.user)
    _programs(program(house, recorder.app, force), person)
    _registrations(recorder, force.agency)
    done(recorder.api("admin-1").delete(f"/v1/accounts/{force.caller.user}/sessions"))


def _sent(person: Person, path: str, form: dict[str, str] | None = None) -> None:
    answer = person.post(path, form)
    assert answer.status_code in {200, 303}, answer.text


def _somebody(recorder: Recorder, **fields: Any) -> Person:
    return Person(recorder.app, recorder.settings.issuer, **fields)


def _passwords(recorder: Recorder, person: Person, user: str) -> None:
    """A new password; somebody who guesses; the same person at another desk, who leaves."""
    _sent(person, f"{ACCOUNT}/password/begin")
    person.secret = spelled_on(person.get(f"{ACCOUNT}/password").text)
    assert person.post(f"{ACCOUNT}/password", {"password": BETTER, "code": "000000"}).status_code >= 400
    _sent(person, f"{ACCOUNT}/password", {"password": BETTER, "code": person.code()})
    assert _somebody(recorder, address="192.0.2.99").sign_in(user, PASSWORD).status_code >= 400
    other = _somebody(recorder, secret=person.secret)
    assert other.sign_in(user, BETTER).status_code == 303
    _sent(other, "/console/sign-out")


def _passkeys(recorder: Recorder, person: Person) -> None:
    """Two passkeys instead of the password, then one; with it they sign in and are confirmed elsewhere. A newcomer
    enrols with one.
    """
    first, second = (_add(recorder, person, f"{ACCOUNT}/passkeys") for _ in range(2))
    _sent(person, f"{ACCOUNT}/password/remove")
    row = recorder.house.one("SELECT id FROM identity.passkeys WHERE credential = %s", first.credential)
    _sent(person, f"{ACCOUNT}/passkeys/{row[0]}/remove")
    for _ in range(2):
        _arrive(recorder, second)
    newcomer = _somebody(recorder)
    _sent(newcomer, "/console/invitation", {"code": invite(recorder.house, "lakeport-pd/okafor")})
    _add(recorder, newcomer, "/console/enrol/passkey")


def _add(recorder: Recorder, person: Person, place: str) -> Authenticator:
    made = Authenticator(recorder.house.services.sign_in.place.origin)
    options = person.post(f"{place}/options").get_json()
    _sent(person, place, {"response": made.make(options), "label": "A key"})
    return made


def _arrive(recorder: Recorder, passkey: Authenticator) -> None:
    person = _somebody(recorder)
    for _ in range(2):
        options = person.post("/console/sign-in/passkey/options").get_json()
        _sent(person, "/console/sign-in/passkey", {"response": passkey.use(options)})
        assert person.is_signed_in()


def _sessions(recorder: Recorder, person: Person, user: str) -> None:
    sessions = recorder.house.services.sessions
    here = sessions.current(person.cookie("session"))
    assert here is not None
    elsewhere = [one.id for one in sessions.listed(user) if one.id != here.id]
    assert len(elsewhere) == 2
    _sent(person, f"{ACCOUNT}/sessions/{elsewhere[0]}/end")
    _sent(person, f"{ACCOUNT}/sessions/end")


def _programs(desk: Program, person: Person) -> None:
    got = desk.tokens(person)
    desk.introspect(got["access_token"])
    assert desk.send("/oauth/revoke", {"token": got["refresh_token"]}).status_code == 200
    own = ok(desk.send("/oauth/token", {"grant_type": CLIENT_CREDENTIALS}))
    assert desk.send("/oauth/revoke", {"token": own["access_token"]}).status_code == 200
    assert told(desk.answer(person, desk.pushed(), "deny"))["error"] == "access_denied"
    for decision in ("deny", "allow"):
        form = {"scope": "searches:write"}
        begun: Any = desk.send("/oauth/device_authorization", form, proof=False).get_json()
        _sent(person, "/console/device", {"user_code": begun["user_code"], "decision": decision})


def _registrations(recorder: Recorder, agency: str) -> None:
    metadata = {
        "client_name": "Desk",
        "jwks": {"keys": [public_part(new_key().as_dict(private=True))]},
        "scope": "galleries:read",
        "agency": agency,
    }
    made = done(recorder.api("admin-1").post("/oauth/register", metadata))
    headers = {"Authorization": f"Bearer {made['registration_access_token']}"}
    path, browser = f"/oauth/register/{made['client_id']}", recorder.app.test_client()
    assert browser.put(path, json=metadata | {"client_name": "Desk renamed"}, headers=headers).status_code == 200
    assert browser.delete(path, headers=headers).status_code == 204
