"""A policy says how many witnesses are enough, and is refused where it does not say it as C2SP does."""

from __future__ import annotations

import itertools

import pytest

from gateway.audit.errors import PolicyMalformed
from gateway.audit.notes import COSIGNATURE, Verifier
from gateway.audit.witness_policy import WitnessPolicy

KEYS = {name: Verifier(f"{name}.example", bytes([number]) * 32, COSIGNATURE) for number, name in enumerate("ABCXYZ", 1)}
LOG = Verifier("log.example/a", bytes([9]) * 32)
NAMED = "".join(f"witness {name} {key} https://{name}.example/\n" for name, key in KEYS.items())


def signed(names: str) -> list[Verifier]:
    return [KEYS[name] for name in names]


def test_without_a_quorum_line_more_than_half_are_asked_for() -> None:
    policy = WitnessPolicy.parse("".join(NAMED.splitlines(keepends=True)[:3]))
    enough = {
        "".join(some)
        for n in range(4)
        for some in itertools.combinations("ABC", n)
        if policy.is_met(signed("".join(some)))
    }
    assert enough == {"AB", "AC", "BC", "ABC"}


def test_groups_of_groups_count() -> None:
    policy = WitnessPolicy.parse(
        f"# two of the first, and any of the second\n\nlog {LOG}\n{NAMED}"
        "group one 2 A B C\n\tgroup two any X Y Z\ngroup both all one two\nquorum both\n"
    )
    assert policy.is_met(signed("ABX"))
    assert policy.is_met(signed("BCYZ"))
    assert not policy.is_met(signed("AXYZ"))
    assert not policy.is_met(signed("ABC"))
    assert policy.logs == (LOG,)
    assert WitnessPolicy.parse(str(policy)) == policy


def test_none_asks_for_nobody_and_one_for_that_one() -> None:
    assert WitnessPolicy.parse("quorum none\n").is_met([])
    policy = WitnessPolicy.parse(f"{NAMED}quorum B")
    assert policy.is_met(signed("B"))
    assert not policy.is_met(signed("AC"))


def test_a_key_of_the_same_bytes_under_another_name_is_not_the_witness() -> None:
    policy = WitnessPolicy.parse(f"{NAMED}quorum B")
    assert not policy.is_met([Verifier("else.example", KEYS["B"].public, COSIGNATURE)])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        f"log {LOG}\n",
        "quorum none\nquorum none\n",
        "quorum A\n",
        f"{NAMED}quorum nobody\n",
        f"{NAMED}group g 4 A B C\nquorum g\n",
        f"{NAMED}group g 0 A B C\nquorum g\n",
        f"{NAMED}group g 02 A B C\nquorum g\n",
        f"{NAMED}group g some A B C\nquorum g\n",
        f"{NAMED}group g any\nquorum g\n",
        f"{NAMED}group g any A A\nquorum g\n",
        f"{NAMED}group g any A\ngroup h any A\nquorum g\n",
        f"{NAMED}group A any B\nquorum A\n",
        f"{NAMED}group none any B\nquorum none\n",
        f"{NAMED}group g any B\n",
        f"{NAMED}group g any h\ngroup h any B\nquorum g\n",
        f"{NAMED}witness D {KEYS['A']}\nquorum A\n",
        f"witness D {LOG}\nquorum D\n",
        f"log {KEYS['A']}\nquorum none\n",
        f"log {LOG}\nlog {LOG}\nquorum none\n",
        f"log {LOG} https://log.example extra\nquorum none\n",
        "witness D nonsense\nquorum D\n",
        "quorum none\r\n",
        "mirror A\nquorum none\n",
        f"witness witnesses {KEYS['A']}\n",
    ],
)
def test_what_is_not_a_policy_is_refused(text: str) -> None:
    with pytest.raises(PolicyMalformed):
        WitnessPolicy.parse(text)
