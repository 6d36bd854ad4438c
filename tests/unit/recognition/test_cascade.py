"""Whatever lies in a gallery, the codes lose nobody: every answer is that of a comparison with every face."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.recognition import fastscan
from gateway.recognition.codes import Codes
from gateway.recognition.distance import micros, on_grid
from gateway.recognition.fastscan import FastScan
from gateway.recognition.index import Answer, ExactIndex, Proof

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.recognition.distance import Template, Templates

SPREAD = 0.05


def seeded(numbers: np.random.Generator, count: int) -> Templates:
    return numbers.normal(0.1, SPREAD, (count, 128))


def people(numbers: np.random.Generator, count: int) -> Templates:
    """Four pictures of each."""
    return np.repeat(seeded(numbers, -(-count // 4)), 4, axis=0)[:count] + numbers.normal(0, 0.017, (count, 128))


def duplicates(numbers: np.random.Generator, count: int) -> Templates:
    return np.repeat(seeded(numbers, -(-count // 100)), 100, axis=0)[:count]


def all_equal(numbers: np.random.Generator, count: int) -> Templates:
    return np.repeat(seeded(numbers, 1), count, axis=0)


def huge(numbers: np.random.Generator, count: int) -> Templates:
    return seeded(numbers, count) * 3000


def outliers(numbers: np.random.Generator, count: int) -> Templates:
    """One in fifty lies anywhere up to far outside the grid."""
    templates = people(numbers, count)
    strange = numbers.random(count) < 0.02
    templates[strange] += numbers.normal(0, 1, (int(strange.sum()), 128)) * numbers.choice([0.05, 0.4, 30.0])
    return templates


def one_number_constant(numbers: np.random.Generator, count: int) -> Templates:
    templates = people(numbers, count)
    templates[:, 17] = 0.125
    return templates


def few_numbers(numbers: np.random.Generator, count: int) -> Templates:
    """All that differs lies in two numbers, so remainders are nothing and tables nearly empty."""
    templates = np.full((count, 128), 0.25)
    templates[:, :2] += numbers.normal(0, 0.2, (count, 2))
    return templates


def two_far_apart(numbers: np.random.Generator, count: int) -> Templates:
    templates = people(numbers, count)
    templates[count // 2 :] += 0.4
    return templates


KINDS: list[Callable[[np.random.Generator, int], Templates]] = [
    seeded,
    people,
    duplicates,
    all_equal,
    huge,
    outliers,
    one_number_constant,
    few_numbers,
    two_far_apart,
]


def answer_of(faces: dict[int, Template], probe: Template, limit: int, furthest: int | None) -> list[tuple[int, int]]:
    names = list(faces)
    distances = micros(on_grid(probe), on_grid(np.stack([faces[name] for name in names]))).tolist()
    near = [(distance, name) for distance, name in zip(distances, names, strict=True)]
    return sorted(one for one in near if furthest is None or one[0] <= furthest)[:limit]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    first=st.integers(600, 1500),
    later=st.integers(0, 300),
    removed=st.integers(2, 9),
    limit=st.sampled_from([1, 5, 20]),
)
def test_every_answer_equals_a_comparison_with_every_face(
    kind: Callable[[np.random.Generator, int], Templates],
    *,
    seed: int,
    first: int,
    later: int,
    removed: int,
    limit: int,
) -> None:
    numbers = np.random.default_rng(seed)
    templates = kind(numbers, first + later).astype(np.float32)
    numbers.shuffle(templates)
    index = ExactIndex(scan_from=500)
    names = [(UUID(int=name), str(name)) for name in range(first + later)]
    index.add(names[:first], templates[:first])
    index.settle()
    index.add(names[first:], templates[first:])  # with the codes that were learnt before
    faces = dict(enumerate(templates))
    for name in range(0, first + later, removed):
        assert index.remove(UUID(int=name))
        del faces[name]
    member, gone = templates[1], templates[0]
    for probe in (member, gone, member + numbers.normal(0, 0.017, 128).astype(np.float32), -member):
        near = answer_of(faces, probe, 25, None)
        # Nobody, everybody, and floors that somebody lies at exactly, or a millionth outside.
        at = [distance + off for distance, _ in near[::8] for off in (-1, 0, 1) if distance + off >= 0]
        for furthest in (None, 0, 100_000, 514_000, 3_000_000, *at):
            found = index.nearest(probe, limit=limit, furthest_micro=furthest)
            assert [(hit.distance_micro, hit.face_id.int) for hit in found.hits] == answer_of(
                faces, probe, limit, furthest
            )


def test_an_answer_names_the_stage_that_proved_it() -> None:
    numbers = np.random.default_rng(1)
    templates = people(numbers, 4000).astype(np.float32)
    index = ExactIndex(scan_from=500)
    index.add([(UUID(int=name), str(name)) for name in range(100)], templates[:100])
    index.settle()
    assert index.nearest(templates[0], limit=1, furthest_micro=400_000).proof == Proof.FULL
    index.add([(UUID(int=name), str(name)) for name in range(100, 4000)], templates[100:])
    assert index.nearest(templates[0], limit=1, furthest_micro=400_000).proof == Proof.EIGHT_BIT
    index.settle()
    assert index.nearest(templates[0], limit=1, furthest_micro=400_000).proof == Proof.FAST_SCAN
    assert index.nearest(templates[0], limit=1, furthest_micro=None).proof == Proof.EIGHT_BIT
    assert index.nearest(templates[0], limit=4000, furthest_micro=None).proof == Proof.FULL


def test_those_who_search_at_the_same_time_are_answered_as_if_each_were_alone() -> None:
    numbers = np.random.default_rng(5)
    templates = people(numbers, 3000).astype(np.float32)
    index = ExactIndex(scan_from=500)
    index.add([(UUID(int=name), str(name)) for name in range(3000)], templates)
    index.settle()
    faces = dict(enumerate(templates))
    asked = [(templates[name], floor) for name in range(0, 3000, 75) for floor in (0, 250_000, 400_000)]
    expected = [answer_of(faces, probe, 20, floor) for probe, floor in asked]
    assert any(expected)

    def search(one: tuple[Template, int]) -> Answer:
        return index.nearest(one[0], limit=20, furthest_micro=one[1])

    with ThreadPoolExecutor(max_workers=16) as callers:
        answers = list(callers.map(search, asked))
    assert [[(hit.distance_micro, hit.face_id.int) for hit in answer.hits] for answer in answers] == expected
    assert {answer.proof for answer in answers} == {Proof.FAST_SCAN}


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), furthest=st.lists(st.sampled_from([0.1, 0.3, 0.8]), min_size=2, max_size=7))
def test_a_scan_for_several_leaves_out_nobody_within_the_distance_of_each(seed: int, furthest: list[float]) -> None:
    numbers = np.random.default_rng(seed)
    templates = on_grid(outliers(numbers, 700))
    scan = FastScan(templates[:500])
    scan.append(templates)
    probes = [on_grid(templates[row] + numbers.normal(0, 0.02, 128)) for row in range(len(furthest))]
    told = [scan._sought(probe, far) for probe, far in zip(probes, furthest, strict=True)]
    sought = [(one, probe, far) for one, probe, far in zip(told, probes, furthest, strict=True) if one is not None]
    found = scan._scanned([one for one, _, _ in sought])
    for rows, (_, probe, far) in zip(found, sought, strict=True):
        within = np.flatnonzero(micros(probe, templates) <= far * 1e6 - 1)
        assert set(within.tolist()) <= set(rows.tolist()) | scan.loose


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32), furthest=st.floats(0, 1.5))
def test_a_fast_scan_leaves_out_nobody_within_the_distance(seed: int, furthest: float) -> None:
    numbers = np.random.default_rng(seed)
    templates = on_grid(outliers(numbers, 700))
    scan = FastScan(templates[:500])
    scan.append(templates)
    probe = on_grid(templates[3] + numbers.normal(0, 0.02, 128))
    found = scan.within(probe, furthest)
    within = np.flatnonzero(micros(probe, templates) <= furthest * 1e6 - 1)
    assert found is None or set(within.tolist()) <= set(found.tolist())


def test_a_fast_scan_keeps_nothing_of_a_row_that_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fastscan, "_LIST", 64)  # so that rows move from list to list
    templates = on_grid(people(np.random.default_rng(2), 700))
    scan = FastScan(templates)
    scan.append(templates[:130])
    for count in range(129, -1, -1):
        scan.remove(count // 2)
        assert len(scan) == count
    scan.append(templates[:130])  # the same rows again, over what is left
    for row in range(130):
        found = scan.within(templates[row], 0.0)
        assert found is not None
        assert row in found


@given(
    seed=st.integers(0, 2**32), shift=st.sampled_from([0.0, 0.25, 4.0, 1e6, 1e20]), scale=st.sampled_from([1e-3, 0.08])
)
def test_the_codes_give_every_template_back_exactly(seed: int, shift: float, scale: float) -> None:
    numbers = np.random.default_rng(seed)
    templates = on_grid(numbers.normal(0, scale, (50, 128)) + shift)
    codes = Codes(templates)
    fits = codes.fits(templates)
    codes.append(templates[fits])
    assert (codes.templates(slice(None)) == templates[fits]).all()
    assert fits.all() or shift > 1e5


@given(seed=st.integers(0, 2**32), furthest=st.floats(0, 3))
def test_nobody_is_nearer_than_the_8_bit_codes_say(seed: int, furthest: float) -> None:
    numbers = np.random.default_rng(seed)
    templates = on_grid(people(numbers, 300))
    codes = Codes(templates)
    codes.append(templates)
    probe = on_grid(templates[3] + numbers.normal(0, 0.3, 128))
    exact = np.sqrt(((templates.astype(np.float64) - probe) ** 2).sum(axis=1))
    rows, least, horizon = codes.nearest(probe, 40)
    assert (least <= exact[rows]).all()
    assert np.delete(exact, rows).min() >= horizon
    among = codes.among(probe, np.arange(300).repeat(2), furthest)
    assert set(np.flatnonzero(exact <= furthest).tolist()) <= set(among.tolist())
    assert len(set(among.tolist())) == len(among)


def test_the_bound_of_the_8_bit_codes_holds_where_it_is_tight() -> None:
    cell = 2.0**-8
    # Both at the edge of one cell: the probe above it in the middle of the next, the other below it.
    middle, edge = np.full((1, 128), 0.5 * cell), np.full((1, 128), cell)
    codes = Codes(np.zeros((1, 128)))
    codes.append(on_grid(edge))
    exact = float(np.sqrt(((edge - middle) ** 2).sum()))
    _, least, horizon = codes.nearest(on_grid(middle[0]), 1)
    assert least[0] <= exact
    assert horizon <= exact
    assert codes.among(on_grid(middle[0]), np.array([0]), exact).tolist() == [0]


def test_a_row_with_a_long_remainder_is_always_among_those_to_be_measured() -> None:
    numbers = np.random.default_rng(3)
    templates = on_grid(people(numbers, 600))
    scan = FastScan(templates)
    strange = on_grid(numbers.normal(0, 1, (4, 128)))
    scan.append(templates)
    scan.append(strange)
    assert set(range(600, 604)) <= scan.loose
    for row, template in enumerate(strange, start=600):
        found = scan.within(template, 0.3)
        assert found is None or row in found
    scan.remove(0)  # the last takes its place
    assert 0 in scan.loose
    assert 603 not in scan.loose
    found = scan.within(templates[9], 0.3)
    assert found is not None
    assert {0, 600, 601, 602} <= set(found.tolist())
