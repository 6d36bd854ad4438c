"""What the tests of the Rekognition edge share: AWS profiles whose credentials are the gateway's, and the model."""

from __future__ import annotations

import os
import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import boto3
import botocore.session

from gateway.cli.demo.seed import STANDING_ORDER

if TYPE_CHECKING:
    from gateway_house import Callers

ROOT: Final = Path(__file__).parent.parent
TRIAL_CASE: Final = "26-MP-0001"
WHY: Final = "missing since 12 November; seen on the ferry terminal camera at 14:10"
MODEL: Final = botocore.session.get_session().get_service_model("rekognition")


def profile(house: Callers, folder: Path, *, client: str = "trial", **bound: str | list[str]) -> dict[str, str]:
    """Writes an AWS configuration, and names it as a program's environment: one profile for one case."""
    story: dict[str, Any] = {
        "purpose": "locate_missing_person",
        "case": TRIAL_CASE,
        "instrument": STANDING_ORDER,
        "justification": WHY,
    } | bound
    options = " ".join(
        f"--{name} {shlex.quote(value)}"
        for name, values in story.items()
        for value in (values if isinstance(values, list) else [values])
        if value
    )
    command = f"{sys.executable} -P -m gateway.cli token --aws --home {house.settings.home} --client {client} {options}"
    path = folder / "aws-config"
    path.write_text(
        f"[profile case]\nregion = us-east-1\nendpoint_url = {house.url}\ncredential_process = {command}\n",
        encoding="utf-8",
    )
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "AWS_CONFIG_FILE": str(path),
        "AWS_PROFILE": "case",
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONPATH": str(ROOT),
    }


def rekognition(house: Callers, *, client: str = "trial", attempts: int = 1, **bound: Any) -> Any:
    """A client of boto3 with session credentials of its own."""
    import json  # noqa: PLC0415 - as below

    from gateway.identity.client_credentials import request_token  # noqa: PLC0415 - few tests need it

    held = json.loads((house.settings.clients / f"{client}.json").read_text(encoding="utf-8"))
    given = request_token(
        house.url,
        held["client_id"],
        held["private_jwk"],
        user=held.get("user"),
        authorization_details=[{"type": "face_search", **bound}],
        session_credentials="aws",
    )
    return boto3.client(
        "rekognition",
        region_name="us-east-1",
        endpoint_url=house.url,
        aws_access_key_id=given["access_key_id"],
        aws_secret_access_key=given["secret_access_key"],
        aws_session_token=given["access_token"],
        config=botocore.config.Config(retries={"total_max_attempts": attempts}),
    )


def faults(shape: Any, value: Any, place: str) -> list[str]:
    """Where a value is not one of the shape: a member too many or missing, a type, a limit, a word not of the list."""
    return _CHECKS[shape.type_name](shape, value, place)


def _structure_faults(shape: Any, value: Any, place: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{place}: not an object"]
    found = [f"{place}.{name}: unknown" for name in value.keys() - shape.members.keys()]
    found += [f"{place}.{name}: missing" for name in set(shape.required_members) - value.keys()]
    for name, member in shape.members.items():
        if name in value:
            found += faults(member, value[name], f"{place}.{name}")
    return found


def _list_faults(shape: Any, value: Any, place: str) -> list[str]:
    if not isinstance(value, list):
        return [f"{place}: not a list"]
    found = [] if len(value) <= shape.metadata.get("max", len(value)) else [f"{place}: too long"]
    for index, item in enumerate(value):
        found += faults(shape.member, item, f"{place}[{index}]")
    return found


def _number_faults(shape: Any, value: Any, place: str) -> list[str]:
    whole = shape.type_name in {"integer", "long"}
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        return [f"{place}: not such a number"]
    limits = shape.metadata
    return [] if limits.get("min", value) <= value <= limits.get("max", value) else [f"{place}: outside its limits"]


def _text_faults(shape: Any, value: Any, place: str) -> list[str]:
    limits = shape.metadata
    if not isinstance(value, str):
        return [f"{place}: not a string"]
    if not limits.get("min", 0) <= len(value) <= limits.get("max", len(value)):
        return [f"{place}: outside its length"]
    if "pattern" in limits and not re.fullmatch(limits["pattern"], value):
        return [f"{place}: not of the pattern"]
    return [] if value in (shape.enum or [value]) else [f"{place}: not one of the words"]


_CHECKS: Final = {
    "structure": _structure_faults,
    "list": _list_faults,
    "string": _text_faults,
    **dict.fromkeys(("integer", "long", "float", "timestamp"), _number_faults),
}
