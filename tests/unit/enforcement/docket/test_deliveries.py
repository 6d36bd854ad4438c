"""Messages go out by mail and webhook, signed, again where they were not taken, each attempt written down."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from docket_house import OPERATOR_MAIL, Runner
from gate_house import HOUR_NS
from post_house import Hook, PostOffice, authority, post_office, webhook

from gateway.cli.demo.seed import DAY_NS
from gateway.compliance.subjects import Subject
from gateway.enforcement.approval_rows import tell
from gateway.enforcement.docket.contacts import Contacts
from gateway.enforcement.docket.deliveries import PAUSES_NS, Deliveries
from gateway.enforcement.docket.mail import Mail, who_is_not_told
from gateway.outbound import Outbound
from gateway.postgres.deployment import DatabaseRole
from gateway.registry.errors import Invalid
from gateway.registry.models import Actor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gate_house import Force, GateHouse


@pytest.fixture
def post() -> Iterator[PostOffice]:
    with post_office() as made:
        yield made


@pytest.fixture
def receiver() -> Iterator[Hook]:
    with webhook() as made:
        yield made


def sender(house: GateHouse, origin: str, smtp_port: int) -> Deliveries:
    changes = {"smtp_host": "127.0.0.1", "smtp_port": smtp_port, "smtp_security": "none"}
    mail = Mail(house.settings.model_copy(update=changes))
    database = house.pool(DatabaseRole.DOCKET)
    return Deliveries(database=database, log=house.services.log, outbound=Outbound([origin]), mail=mail)


def test_a_lapsed_duty_reaches_the_operator_and_the_webhook_signed_and_again_after_a_failure(
    house: GateHouse, force: Force, runner: Runner, receiver: Hook, post: PostOffice
) -> None:
    origin, answers, came, letters = receiver.origin, receiver.answers, receiver.came, post.letters
    deliveries = sender(house, origin, post.port)
    _send_all(deliveries)
    came.clear()
    letters.clear()
    contacts = Contacts(database=house.services.database, log=house.services.log, outbound=Outbound([origin]))
    agency = Actor(kind="client", id="c", agency=force.agency)
    hook = contacts.add_webhook(f"{origin}/events", actor=agency)
    assert "secret" not in contacts.webhooks(agency=force.agency)[0]
    now = house.now()
    house.order(force, notice_due_ns=now + DAY_NS, expires_at_ns=now + 9 * DAY_NS)
    answers.append(503)
    runner.advance(2 * DAY_NS)
    _send_all(deliveries)
    assert any(to == OPERATOR_MAIL and "NOTIFY_SUBJECT_AFTER" in text for to, text in letters)
    runner.move(6 * 10**9)
    _send_all(deliveries)
    attempts = [
        [attempt["result"] for attempt in message["attempts"]]
        for item in house.services.docket.list(agency=force.agency, open_only=False, cursor=None, limit=50)[0]
        for message in house.services.docket.show(UUID(item["id"]), agency=force.agency)["messages"]
        if message["channel"] == "webhook"
    ]
    # Of what the webhook was told, the first was refused once.
    assert min(attempts) == ["HTTP 503", "delivered"]
    assert all(results == ["delivered"] for results in sorted(attempts)[1:])
    headers, body = came[-1]
    assert len(came) == len({told["webhook-id"] for told, _ in came}) + 1, "one came twice, under one id"
    key = base64.b64decode(str(hook["secret"]).removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    contacts.remove_webhook(UUID(hook["id"]), actor=agency)


def test_who_is_waited_for_is_told_by_mail_and_nobody_else(house: GateHouse, force: Force, post: PostOffice) -> None:
    letters = post.letters
    deliveries = sender(house, "http://127.0.0.1:9", post.port)
    _send_all(deliveries)
    letters.clear()
    people = [{"name": n, "mail": f"{n}@x.example", "user": f"{force.agency}/{n}"} for n in ("okafor", "hale")]
    house.services.contacts.write_chain(force.agency, people, actor=Actor(kind="operator", id="test"))
    with house.services.database.transaction() as connection:
        tell(
            connection, house.services.log, "approval.requested", agency=force.agency, subject=UUID(int=5),
            recipients=[f"{force.agency}/okafor"], now_ns=house.now(),
        )  # fmt: skip
    _send_all(deliveries)
    assert [to for to, _ in letters] == ["okafor@x.example"]
    _send_all(deliveries)
    assert len(letters) == 1


def test_an_address_of_which_no_letter_can_be_made_is_given_up_in_time_and_keeps_nobody_else_waiting(
    house: GateHouse, force: Force, runner: Runner, post: PostOffice
) -> None:
    """Such as one that was written down before addresses were judged."""
    deliveries = sender(house, "http://127.0.0.1:9", post.port)
    _send_all(deliveries)
    post.letters.clear()
    mails = ("=?utf-8?q?a=0Ab?=@c.d", "hale@x.example")
    people = [{"name": "n", "mail": mail, "user": f"{force.agency}/{mail}"} for mail in mails]
    house.services.contacts.write_chain(force.agency, people, actor=Actor(kind="operator", id="test"))
    with house.services.database.transaction() as connection:
        tell(
            connection, house.services.log, "approval.requested", agency=force.agency, subject=UUID(int=7),
            recipients=[person["user"] for person in people], now_ns=house.now(),
        )  # fmt: skip
    _send_all(deliveries)
    assert [to for to, _ in post.letters] == ["hale@x.example"]
    for _ in range(len(PAUSES_NS)):
        runner.move(24 * HOUR_NS)
        _send_all(deliveries)
    assert sorted(message["state"] for message in messages_of(house, force)) == ["delivered", "given_up"]
    (entry,) = house.leaves(kind="message.given_up", agency=force.agency)
    assert entry["result"] == "the letter cannot be written"


def test_a_password_that_cannot_be_said_is_told_like_every_other_failure(house: GateHouse, tmp_path: Path) -> None:
    root, certificate = authority(tmp_path)
    with post_office(certificate=certificate, implicit=True) as office:
        result = mailed(house, office, smtp_security="tls", outbound_authorities=root, smtp_password="p\u00e4sswort")
    assert (result, office.letters) == ("the SMTP server cannot be told", [])


def test_an_event_whose_recipients_were_erased_is_told_to_nobody_by_mail_and_the_rest_goes_on(
    house: GateHouse, force: Force, receiver: Hook, post: PostOffice
) -> None:
    """They are sealed with what the agency did outside of any case, which an order may erase before they are told."""
    deliveries = sender(house, receiver.origin, post.port)
    _send_all(deliveries)
    post.letters.clear()
    erased, other = force, house.force()
    contacts = Contacts(database=house.services.database, log=house.services.log, outbound=Outbound([receiver.origin]))
    agency = Actor(kind="client", id="c", agency=erased.agency)
    hook = contacts.add_webhook(f"{receiver.origin}/events", actor=agency)
    for subject, told in enumerate((erased, other), start=8):
        person = {"name": "n", "mail": f"n@{told.agency}.example", "user": f"{told.agency}/n"}
        house.services.contacts.write_chain(told.agency, [person], actor=Actor(kind="operator", id="test"))
        with house.services.database.transaction() as connection:
            tell(
                connection, house.services.log, "approval.requested", agency=told.agency, subject=UUID(int=subject),
                recipients=[person["user"]], now_ns=house.now(),
            )  # fmt: skip
    one, two = (Actor(kind="client", id=name) for name in ("admin-1", "admin-2"))
    order = house.services.erasures.order(
        actor=one, subject=Subject(erased.agency, None), basis="statute", reference="740 ILCS 14/15(a)", statement="x"
    )
    house.integrate()
    house.services.erasures.approve(actor=two, order_id=order.id)
    _send_all(deliveries)
    assert [to for to, _ in post.letters] == [f"n@{other.agency}.example"]
    assert [json.loads(body)["data"]["subject"] for _, body in receiver.came] == [str(UUID(int=8))]
    contacts.remove_webhook(UUID(hook["id"]), actor=agency)


def test_a_webhook_whose_secret_nobody_can_read_any_more_is_noted_and_the_others_are_told(
    house: GateHouse, force: Force, receiver: Hook, post: PostOffice
) -> None:
    deliveries = sender(house, receiver.origin, post.port)
    _send_all(deliveries)
    contacts = Contacts(database=house.services.database, log=house.services.log, outbound=Outbound([receiver.origin]))
    agency = Actor(kind="client", id="c", agency=force.agency)
    lost, other = (UUID(contacts.add_webhook(f"{receiver.origin}/{name}", actor=agency)["id"]) for name in ("a", "b"))
    house.write("UPDATE enforcement.webhooks SET secret = substr(secret, 2) WHERE id = %s", lost)
    with house.services.database.transaction() as connection:
        tell(
            connection, house.services.log, "approval.requested", agency=force.agency, subject=UUID(int=10),
            recipients=[], now_ns=house.now(),
        )  # fmt: skip
    _send_all(deliveries)
    results = [attempt["result"] for message in messages_of(house, force) for attempt in message["attempts"]]
    assert sorted(results) == ["delivered", "its secret cannot be read"]
    for hook in (lost, other):
        contacts.remove_webhook(hook, actor=agency)


def test_a_webhook_goes_nowhere_but_where_the_operator_allows(house: GateHouse, force: Force) -> None:
    contacts = Contacts(
        database=house.services.database, log=house.services.log, outbound=Outbound(["https://a.example"])
    )
    for url in ("https://b.example/x", "http://a.example/x", "http://169.254.169.254/latest"):
        with pytest.raises(Invalid) as refused:
            contacts.add_webhook(url, actor=Actor(kind="client", id="c", agency=force.agency))
        assert refused.value.code == "WEBHOOK_NOT_ALLOWED"


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_mail_travels_under_tls_to_a_server_that_an_authority_of_ones_own_vouches_for(
    house: GateHouse, tmp_path: Path, security: str
) -> None:
    root, certificate = authority(tmp_path)
    with post_office(certificate=certificate, implicit=security == "tls") as office:
        assert mailed(house, office, smtp_security=security, outbound_authorities=root) == "delivered"
    assert office.logins == [("gateway", "a secret", True)]
    assert office.ids() == ["1"]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_server_that_nobody_vouches_for_or_that_is_another_gets_neither_password_nor_letter(
    house: GateHouse, tmp_path: Path, security: str
) -> None:
    root, certificate = authority(tmp_path / "ours")
    other, elsewhere = authority(tmp_path / "theirs", of="127.0.0.2")
    for trusted, shown in ((None, certificate), (other, certificate), (other, elsewhere)):
        with post_office(certificate=shown, implicit=security == "tls") as office:
            result = mailed(house, office, smtp_security=security, outbound_authorities=trusted)
        assert (result, office.logins, office.letters) == ("the SMTP server is not who it should be", [], [])
    assert root != other


def test_a_server_that_offers_no_tls_gets_neither_password_nor_letter(house: GateHouse, post: PostOffice) -> None:
    """Nor where somebody on the way took the offer out."""
    assert mailed(house, post, smtp_security="starttls") == "SMTPNotSupportedError"
    assert mailed(house, post, smtp_security="none") == "refused without TLS"
    assert (post.logins, post.letters) == ([], [])


def test_no_mail_leaves_without_tls_for_another_machine(house: GateHouse) -> None:
    changes = {"smtp_host": "mail.example.org", "smtp_security": "none"}
    mail = Mail(house.settings.model_copy(update=changes))
    assert mail.send(to="a@example.org", message_id="1", event="duty.lapsed", data={}) == "refused without TLS"


def test_where_mail_is_not_set_up_the_docket_says_that_nobody_is_told(house: GateHouse) -> None:
    codes = [warning["code"] for warning in who_is_not_told(house.settings)]
    assert codes == ["NO_MAIL_SERVER", "NO_OPERATOR_MAIL"]
    changes = {"smtp_host": "mail.example.org", "docket_mail": OPERATOR_MAIL}
    assert who_is_not_told(house.settings.model_copy(update=changes)) == []


def test_what_nobody_takes_is_given_up_after_two_days_with_an_entry_and_the_log_of_messages_shows_it(
    house: GateHouse, force: Force, runner: Runner, receiver: Hook, post: PostOffice
) -> None:
    """Also of what waits for people, which is no duty."""
    deliveries = sender(house, receiver.origin, post.port)
    _send_all(deliveries)
    contacts = Contacts(database=house.services.database, log=house.services.log, outbound=Outbound([receiver.origin]))
    agency = Actor(kind="client", id="c", agency=force.agency)
    hook = contacts.add_webhook(f"{receiver.origin}/events", actor=agency)
    receiver.answers[:] = [500] * 100
    with house.services.database.transaction() as connection:
        tell(
            connection, house.services.log, "approval.requested", agency=force.agency, subject=UUID(int=6),
            recipients=[], now_ns=house.now(),
        )  # fmt: skip
    _send_all(deliveries)
    (waiting,) = messages_of(house, force)
    assert (waiting["state"], waiting["duty"], waiting["subject"]) == ("waiting", None, str(UUID(int=6)))
    assert house.leaves(kind="message.given_up", agency=force.agency) == []
    for _ in range(len(PAUSES_NS)):
        runner.move(24 * HOUR_NS)
        _send_all(deliveries)
    (given_up,) = messages_of(house, force)
    assert (given_up["state"], given_up["next_attempt_at"]) == ("given_up", None)
    assert [attempt["result"] for attempt in given_up["attempts"]] == ["HTTP 500"] * (len(PAUSES_NS) + 1)
    (entry,) = house.leaves(kind="message.given_up", agency=force.agency)
    told = {name: entry[name] for name in ("message", "event", "duty", "channel", "attempts", "result")}
    assert told == {
        "message": given_up["id"], "event": "approval.requested", "duty": None, "channel": "webhook",
        "attempts": len(PAUSES_NS) + 1, "result": "HTTP 500",
    }  # fmt: skip
    runner.move(24 * HOUR_NS)
    _send_all(deliveries)
    assert len(house.leaves(kind="message.given_up", agency=force.agency)) == 1
    assert messages_of(house, house.force()) == []
    contacts.remove_webhook(UUID(hook["id"]), actor=agency)


def messages_of(house: GateHouse, force: Force) -> list[dict[str, Any]]:
    """Page by page, as a program reads it."""
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        page, cursor = house.services.docket.messages(agency=force.agency, cursor=cursor, limit=1)
        found += page
        if cursor is None:
            return found


def mailed(house: GateHouse, office: PostOffice, **settings: Any) -> str:
    """What became of one letter, sent by somebody who has a name and a password at the server."""
    own = {"smtp_host": "127.0.0.1", "smtp_port": office.port, "smtp_user": "gateway", "smtp_password": "a secret"}
    mail = Mail(house.settings.model_copy(update=own | settings))
    return mail.send(to="a@example.org", message_id="1", event="duty.lapsed", data={})


def _send_all(deliveries: Deliveries) -> None:
    while deliveries.run_once():
        pass
