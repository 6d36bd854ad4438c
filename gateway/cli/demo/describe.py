"""What the demonstration runs and where, for scripts and tests, and lines to copy for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.cli.demo.seed import CASE, COURT, GALLERY, STANDING_ORDER, Seeded
from gateway.cli.init import verifier_key

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.settings import Settings


def describe(settings: Settings, seeded: Seeded, pictures: dict[str, Path], order: str) -> dict[str, Any]:
    url = f"http://{settings.host}:{settings.port}"
    return {
        "url": url,
        "home": str(settings.home),
        "log": {
            "origin": settings.log_origin,
            "verifier_key": verifier_key(settings),
            "checkpoint_url": f"{url}/log/checkpoint",
        },
        "clients": seeded.clients,
        "users": seeded.users,
        "galleries": [{"name": GALLERY, "agency": "lakeport-pd"}],
        "instruments": [
            {"id": order, "agency": "lakeport-pd", "type": "court_order", "case_number": CASE, "court": COURT},
            {"id": STANDING_ORDER, "agency": "harlan-so", "type": "court_order", "purpose": "locate_missing_person"},
        ],
        "photographs": {name: str(path) for name, path in sorted(pictures.items())},
    }


def curl_lines(told: dict[str, Any]) -> str:
    """A first search, a refusal and a proof, ready to copy."""
    url, home = told["url"], told["home"]
    order = told["instruments"][0]["id"]
    probe = told["photographs"]["person_a_2.jpg"]
    request = (
        '{"gallery":"' + GALLERY + '","purpose":"locate_missing_person","case_number":"' + CASE + '",'
        '"justification":"missing since 12 November; seen on the ferry terminal camera at 14:10",'
        '"probe":{"source":"cctv_still"}'
    )
    return f"""
  TOKEN=$(./writgate token --home {home} --client lakeport)

  # candidates, under the court's order
  curl -s {url}/v1/searches -H "Authorization: Bearer $TOKEN" \\
    -F 'request={request},"instrument":"{order}"}}' \\
    -F image=@{probe}

  # refused: the contract demands the order
  curl -s {url}/v1/searches -H "Authorization: Bearer $TOKEN" \\
    -F 'request={request}}}' \\
    -F image=@{probe}

  # the log's newest entry, its proof, and the check of it
  AUDITOR=$(./writgate token --home {home} --client auditor)
  curl -s "{url}/v1/audit/entries?limit=1&order=newest" -H "Authorization: Bearer $AUDITOR"
  ./writgate audit verify --home {home}
"""
