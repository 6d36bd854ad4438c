"""A mail address is taken only where every part of mail reads it the same way."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from gateway.web.api.docket import PersonBody


@pytest.mark.parametrize(
    "mail",
    ["duty@lakeport.example", "o'hale+duty=x@a-b.c.example", "root@localhost", "a.b.c@x"],
)
def test_a_plain_address_is_taken(mail: str) -> None:
    assert PersonBody.model_validate({"name": "Hale", "mail": mail}).mail == mail


@pytest.mark.parametrize(
    "mail",
    [
        "=?utf-8?q?a=0Ab?=@c.d",  # an encoded word, with a line break in it
        "a@=?utf-8?q?c=0Ad?=",
        "a?b@c.d",
        "sergeant\u00a0hale@c.d",
        "h\u00e5le@c.d",
        "hale@h\u00e5le.example",
        "a,b@c.d",
        "a(b)@c.d",
        ".a@c.d",
        "a..b@c.d",
        "a.@c.d",
        "a@c..d",
        "a@-c.d",
        "a@c.d-",
        "a@[127.0.0.1]",
        "a@b@c.d",
        "a@c.d\n",
        "a@" + "c" * 260,
    ],
)
def test_what_could_be_read_as_anything_else_is_refused(mail: str) -> None:
    with pytest.raises(ValidationError):
        PersonBody.model_validate({"name": "Hale", "mail": mail})
