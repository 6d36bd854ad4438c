"""Runs a program unchanged and writes down each body that it was sent: `boto3_recorder.py OUTPUT PROGRAM …`."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path
from typing import Any

import boto3

output, program = sys.argv[1:3]
sys.argv = sys.argv[2:]
bodies: list[dict[str, Any]] = []


def record(operation_model: Any, response_dict: dict[str, Any], **_: Any) -> None:
    bodies.append(
        {
            "operation": operation_model.name,
            "status": response_dict["status_code"],
            "headers": {name.lower(): value for name, value in response_dict["headers"].items()},
            "body": json.loads(response_dict["body"]),
        }
    )


boto3.setup_default_session()
assert boto3.DEFAULT_SESSION is not None
boto3.DEFAULT_SESSION.events.register("before-parse.rekognition", record)
runpy.run_path(program, run_name="__main__")
Path(output).write_text(json.dumps(bodies), encoding="utf-8")
