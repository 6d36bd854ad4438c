"""The description of the API, made from the routes and the models that they read, so that it cannot say otherwise."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from flask import current_app

from gateway import __version__
from gateway.web.console.pages import Audience
from gateway.web.routes import BY_TARGET, PUBLIC

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic.json_schema import JsonSchemaMode

_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail", "remedy", "decision_id"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable; programs may rely on it."},
        "detail": {"type": "string"},
        "remedy": {"type": "string", "description": "What to do next."},
        "decision_id": {"type": "string", "format": "uuid"},
        "reasons": {"type": "array", "items": {"type": "object"}},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}


def document(issuer: str) -> dict[str, Any]:
    """OpenAPI 3.1 of every route in the URL map that is for programs. Pages are for people; Amazon describes `/`."""
    paths: dict[str, dict[str, Any]] = {}
    schemas: dict[str, Any] = {"Problem": _PROBLEM}
    opened: dict[str, list[str]] = {}
    for rule in sorted(current_app.url_map.iter_rules(), key=lambda rule: rule.rule):
        path = re.sub(r"<(?:[^:<>]+:)?([^<>]+)>", r"{\1}", rule.rule)
        view = current_app.view_functions[rule.endpoint]
        scope = getattr(view, "required_scope", None)
        body, answer = getattr(view, "body_model", None), getattr(view, "answer_model", None)
        if isinstance(scope, Audience) or scope == BY_TARGET:
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            paths.setdefault(path, {})[method.lower()] = _operation(path, scope, schemas, body=body, answer=answer)
            if scope not in (None, PUBLIC):
                opened.setdefault(str(scope), []).append(f"{method} {path}")
    return {
        "openapi": "3.1.0",
        "info": {"title": "Writgate", "version": __version__},
        "servers": [{"url": issuer}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "oauth": {
                    "type": "oauth2",
                    "flows": {
                        "clientCredentials": {
                            "tokenUrl": f"{issuer}/oauth/token",
                            "scopes": {scope: ", ".join(opened[scope]) for scope in sorted(opened)},
                        }
                    },
                }
            },
        },
    }


def _operation(
    path: str, scope: Any, schemas: dict[str, Any], *, body: type[BaseModel] | None, answer: type[BaseModel] | None
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "security": [] if scope in (None, PUBLIC) else [{"oauth": [str(scope)]}],
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in re.findall(r"{([^}]+)}", path)
        ],
        "responses": {
            "2XX": {"description": "Done."},
            "default": {
                "description": "Refused, and why.",
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        },
    }
    if body is not None:
        operation["requestBody"] = {"required": True, "content": _content(body, "validation", schemas)}
    if answer is not None:
        operation["responses"]["200"] = {"description": "Done.", "content": _content(answer, "serialization", schemas)}
    return operation


def _content(model: type[BaseModel], mode: JsonSchemaMode, schemas: dict[str, Any]) -> dict[str, Any]:
    """A body of this model, whose schema is put among the others."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}", mode=mode)
    schemas.update(schema.pop("$defs", {}))
    schemas[model.__name__] = schema
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}}
