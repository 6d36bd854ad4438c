"""Messages go out by mail and webhook, signed, again where they were not taken, each attempt written down."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from docket_house import OPERATOR_MAIL, Runner
from post_house import post_office, webhook

from gateway.cli.demo.seed import DAY_NS
from gateway.enforcement.approval_rows import tell
from gateway.enforcement.docket.contacts import Contacts
from gateway.enforcement.docket.deliveries import Deliveries
from gateway.enforcement.docket.mail import Mail
from gateway.outbound import Outbound
from gateway.postgres.deployment import DatabaseRole
from gateway.registry.errors import Invalid
from gateway.registry.models import Actor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gate_house import Force, GateHouse
    from post_house import Letter, Posted


@pytest.fixture
def post() -> Iterator[tuple[int, list[Letter]]]:
    with post_office() as office:
        yield office


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[int], list[Posted]]]:
    with webhook() as receiver:
        yield receiver


def sender(house: GateHouse, origin: str, smtp_port: int) -> Deliveries:
    changes = {"smtp_host": "127.0.0.1", "smtp_port": smtp_port, "smtp_security": "none"}
    mail = Mail(house.settings.model_copy(update=changes))
    database = house.pool(DatabaseRole.DOCKET)
    return Deliveries(database=database, log=house.services.log, outbound=Outbound([origin]), mail=mail)


def test_a_lapsed_duty_reaches_the_operator_and_the_webhook_signed_and_again_after_a_failure(
    house: GateHouse, force: Force, runner: Runner, receiver: Any, post: Any
) -> None:
    origin, answers, came = receiver
    port, letters = post
    deliveries = sender(house, origin, port)
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


def test_who_is_waited_for_is_told_by_mail_and_nobody_else(house: GateHouse, force: Force, post: Any) -> None:
    port, letters = post
    deliveries = sender(house, "http://127.0.0.1:9", port)
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


def test_a_webhook_goes_nowhere_but_where_the_operator_allows(house: GateHouse, force: Force) -> None:
    contacts = Contacts(
        database=house.services.database, log=house.services.log, outbound=Outbound(["https://a.example"])
    )
    for url in ("https://b.example/x", "http://a.example/x", "http://169.254.169.254/latest"):
        with pytest.raises(Invalid) as refused:
            contacts.add_webhook(url, actor=Actor(kind="client", id="c", agency=force.agency))
        assert refused.value.code == "WEBHOOK_NOT_ALLOWED"


def test_no_mail_leaves_without_tls_for_another_machine(house: GateHouse) -> None:
    changes = {"smtp_host": "mail.example.org", "smtp_security": "none"}
    mail = Mail(house.settings.model_copy(update=changes))
    assert mail.send(to="a@example.org", message_id="1", event="duty.lapsed", data={}) == "refused without TLS"


def _send_all(deliveries: Deliveries) -> None:
    while deliveries.run_once():
        pass
