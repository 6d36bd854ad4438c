"""A cache that holds keys must forget."""

from __future__ import annotations

from gateway.audit.cache import BoundedCache


def test_the_least_used_is_forgotten_first() -> None:
    cache: BoundedCache[str, int] = BoundedCache(2, 10, lambda: 0)
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.get("a") == 1
    cache.put("c", 3)
    assert (cache.get("a"), cache.get("b"), cache.get("c"), len(cache)) == (1, None, 3, 2)


def test_nothing_outlives_its_lifetime_however_much_it_is_used() -> None:
    now = [0.0]
    cache: BoundedCache[str, int] = BoundedCache(2, 10, lambda: now[0])
    cache.put("a", 1)
    for moment, expected in ((5.0, 1), (10.0, 1), (10.1, None)):
        now[0] = moment
        assert cache.get("a") == expected
    assert len(cache) == 0
