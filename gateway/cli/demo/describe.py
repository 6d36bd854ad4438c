"""What the demonstration runs and where, for scripts and tests, and lines to copy for people."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, Final

from gateway.cli.demo.seed import CASE, COURT, GALLERY, STANDING_ORDER, Seeded
from gateway.cli.init import verifier_key

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.settings import Settings

# README shows the same lines; a test compares them. `--form-string`, because `-F` would end the JSON at its semicolon.
_LINES: Final = """
  TOKEN=$(./writgate token --home "$DEMO" --client lakeport)

  # candidates, under the court's order
  curl -s "$URL/v1/searches" -H "Authorization: Bearer $TOKEN" -F image=@"$PROBE" \\
    --form-string 'request={request},
      "instrument": "'"$ORDER"'"}' | python3 -m json.tool

  # the same without the order: refused, because the contract demands one
  curl -s "$URL/v1/searches" -H "Authorization: Bearer $TOKEN" -F image=@"$PROBE" \\
    --form-string 'request={request}}' | python3 -m json.tool

  # the denial's entry on the log, and its proof, which is verified before it is printed
  AUDITOR=$(./writgate token --home "$DEMO" --client auditor)
  INDEX=$(curl -s "$URL/v1/audit/entries?kind=search.decision&order=newest&limit=1" \\
    -H "Authorization: Bearer $AUDITOR" \\
    | python3 -c 'import json, sys; print(json.load(sys.stdin)["items"][0]["index"])')
  curl -s "$URL/v1/audit/entries/$INDEX" -H "Authorization: Bearer $AUDITOR" | python3 -m json.tool
  ./writgate audit prove --home "$DEMO" "$INDEX"

  # the whole log
  ./writgate audit verify --home "$DEMO"
"""
_REQUEST: Final = (
    '{"gallery": "' + GALLERY + '", "purpose": "locate_missing_person", "case_number": "' + CASE + '",\n'
    '      "justification": "missing since 12 November; seen on the ferry terminal camera at 14:10",\n'
    '      "probe": {"source": "cctv_still"}'
)


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
    """A first search, a refusal and a proof, ready to copy into the shell that stands in this checkout."""
    given = {
        "DEMO": told["home"],
        "URL": told["url"],
        "PROBE": _probe(told["photographs"]),
        "ORDER": told["instruments"][0]["id"],
    }
    return "\n" + "".join(f"  {name}={shlex.quote(value)}\n" for name, value in given.items()) + steps()


def steps() -> str:
    """The lines after the assignments of DEMO, URL, PROBE and ORDER, the same at every gateway."""
    return _LINES.replace("{request}", _REQUEST)


def _probe(photographs: dict[str, str]) -> str:
    """Another photograph than the enrolled one, where there is one."""
    return photographs.get("person_a_2.jpg") or photographs["person_c_1.png"]
