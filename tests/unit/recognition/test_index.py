"""The index answers what a comparison with every face answers, whatever was added and removed, and in one order."""

from __future__ import annotations

import threading
from uuid import UUID

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.recognition.distance import micro, on_grid
from gateway.recognition.index import ExactIndex, Hit

Templates = np.ndarray[tuple[int, int], np.dtype[np.float32]]


def make(seed: int, count: int, *, copies: int = 1) -> Templates:
    """`count` templates; with `copies`, groups of equal ones."""
    numbers = np.random.default_rng(seed)
    distinct = numbers.normal(scale=0.12, size=(-(-count // copies), 128)).astype(np.float32)
    return np.repeat(distinct, copies, axis=0)[:count]


def brute(faces: dict[int, Templates], probe: Templates, limit: int, furthest: int | None) -> list[Hit]:
    hits = [
        Hit(UUID(int=name), str(name), micro(on_grid(probe), on_grid(template))) for name, template in faces.items()
    ]
    near = [hit for hit in hits if furthest is None or hit.distance_micro <= furthest]
    return sorted(near, key=lambda hit: (hit.distance_micro, hit.face_id))[:limit]


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    count=st.integers(0, 120),
    copies=st.integers(1, 12),
    removed=st.sets(st.integers(0, 119)),
    limit=st.integers(0, 30),
    furthest=st.none() | st.integers(0, 2_500_000),
)
def test_every_answer_equals_a_comparison_with_every_face(
    *, seed: int, count: int, copies: int, removed: set[int], limit: int, furthest: int | None
) -> None:
    templates = make(seed, count, copies=copies)
    index = ExactIndex()
    order = np.random.default_rng(seed).permutation(count)
    if count:
        index.add([(UUID(int=int(name)), str(name)) for name in order], templates[order])
    for name in sorted(removed):
        assert index.remove(UUID(int=name)) == (name < count)
    left = {name: templates[name] for name in range(count) if name not in removed}
    probe = make(seed + 1, 1)[0]
    assert len(index) == len(left)
    assert index.nearest(probe, limit=limit, furthest_micro=furthest).hits == brute(left, probe, limit, furthest)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    first=st.integers(1, 900),
    later=st.integers(0, 900),
    copies=st.integers(1, 200),
    stretch=st.sampled_from([0.0, 1e-9, 1.0, 40.0]),
    strange=st.sampled_from([0.0, 0.3, 50.0]),
    limit=st.integers(1, 20),
    furthest=st.none() | st.integers(0, 2_500_000),
)
def test_rounding_to_bytes_loses_nobody_however_the_templates_lie(
    *,
    seed: int,
    first: int,
    later: int,
    copies: int,
    stretch: float,
    strange: float,
    limit: int,
    furthest: int | None,
) -> None:
    """Galleries that grow, with many equal faces, with all faces nearly equal, with one far outside the grid."""
    templates = make(seed, first + later, copies=copies) * np.float32(stretch)
    templates[-1] += np.float32(strange)
    index = ExactIndex()
    names = [(UUID(int=name), str(name)) for name in range(first + later)]
    index.add(names[:first], templates[:first])
    index.add(names[first:], templates[first:])
    for name in range(0, first, 3):
        index.remove(names[name][0])
    left = {name: templates[name] for name in range(first + later) if name >= first or name % 3}
    for probe in (templates[first // 2], make(seed + 1, 1)[0], templates[-1] + np.float32(strange)):
        hits = index.nearest(probe, limit=limit, furthest_micro=furthest).hits
        assert hits == brute(left, probe, limit, furthest)


def test_equal_distances_come_in_the_order_of_their_ids() -> None:
    templates = np.repeat(make(1, 1), 40, axis=0)
    index = ExactIndex()
    for name in reversed(range(40)):
        index.add([(UUID(int=name), str(name))], templates[:1])
    hits = index.nearest(templates[0], limit=5, furthest_micro=None).hits
    assert [hit.face_id.int for hit in hits] == [0, 1, 2, 3, 4]


def test_a_face_added_twice_is_there_once() -> None:
    index = ExactIndex()
    index.add([(UUID(int=1), "one")], make(1, 1))
    index.add([(UUID(int=1), "one"), (UUID(int=2), "two")], make(2, 2))
    assert len(index) == 2
    assert index.nearest(make(1, 1)[0], limit=1, furthest_micro=None).hits == [Hit(UUID(int=1), "one", 0)]


def test_a_removed_face_is_never_found_again() -> None:
    templates = make(3, 50)
    index = ExactIndex()
    index.add([(UUID(int=name), str(name)) for name in range(50)], templates)
    for name in (0, 49, 25, 1):
        assert index.remove(UUID(int=name))
        assert not index.remove(UUID(int=name))
        hits = index.nearest(templates[name], limit=50, furthest_micro=None).hits
        assert UUID(int=name) not in {hit.face_id for hit in hits}


def test_readers_see_whole_rows_while_faces_come_and_go() -> None:
    templates = make(4, 400)
    index = ExactIndex()
    index.add([(UUID(int=name), str(name)) for name in range(200)], templates[:200])
    stop = threading.Event()
    wrong: list[Hit] = []

    def read() -> None:
        while not stop.is_set():
            # The first 100 stay for good: each must always be found as itself, at distance 0.
            for name in range(0, 100, 7):
                hits = index.nearest(templates[name], limit=1, furthest_micro=None).hits
                if hits != [Hit(UUID(int=name), str(name), 0)]:
                    wrong.extend(hits)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for name in range(200, 400):
        index.add([(UUID(int=name), str(name))], templates[name : name + 1])
        index.remove(UUID(int=name - 100))
    stop.set()
    for reader in readers:
        reader.join()
    assert wrong == []
    assert len(index) == 200
