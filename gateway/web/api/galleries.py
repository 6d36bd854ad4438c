"""`/v1/galleries` and their faces. Enrolment is governed like a search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

from flask import Blueprint, Response, g, request
from pydantic import StringConstraints

from gateway.enforcement.errors import NotYours
from gateway.vocabulary import Scope
from gateway.web.api.bodies import Body, EnrolBody
from gateway.web.api.paging import limit
from gateway.web.api.searches import once
from gateway.web.routes import read_json, route

if TYPE_CHECKING:
    from gateway.identity.caller import Caller
    from gateway.web.services import Services


class GalleryBody(Body):
    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.\-]{1,255}$")]
    keep_crops: bool = False
    staff: bool = False


def gallery_routes() -> Blueprint:
    blueprint = Blueprint("galleries", __name__)

    @route(blueprint, "POST", "/v1/galleries", scope=Scope.GALLERIES_WRITE, body=GalleryBody)
    def create(caller: Caller, services: Services) -> Any:
        body = read_json(GalleryBody)
        return services.galleries.create(caller, name=body.name, keep_crops=body.keep_crops, staff=body.staff), 201

    @route(blueprint, "GET", "/v1/galleries", scope=Scope.GALLERIES_READ)
    def list_galleries(caller: Caller, services: Services) -> Any:
        return services.galleries.list(caller, after=_named(request.args.get("cursor", "")), limit=limit())

    @route(blueprint, "DELETE", "/v1/galleries/<name>", scope=Scope.GALLERIES_WRITE)
    def delete(caller: Caller, services: Services, name: str) -> Any:
        services.galleries.delete(caller, _named(name), with_faces=request.args.get("with_faces") == "true")
        return Response(status=204)

    @route(blueprint, "POST", "/v1/galleries/<name>/faces", scope=Scope.GALLERIES_WRITE, body=EnrolBody)
    def enrol(caller: Caller, services: Services, name: str) -> Any:
        body, gallery = read_json(EnrolBody), _named(name)
        return once(
            caller, services, lambda: services.gate.perform(caller, body.request(gallery), decision_id=g.decision_id)
        )

    @route(blueprint, "GET", "/v1/galleries/<name>/faces", scope=Scope.GALLERIES_READ)
    def faces(caller: Caller, services: Services, name: str) -> Any:
        try:
            after = UUID(request.args["cursor"]) if "cursor" in request.args else None
        except ValueError:
            raise NotYours from None
        return services.galleries.faces(caller, _named(name), after=after, limit=limit())

    @route(blueprint, "DELETE", "/v1/galleries/<name>/faces/<uuid:face_id>", scope=Scope.GALLERIES_WRITE)
    def delete_face(caller: Caller, services: Services, name: str, face_id: UUID) -> Any:
        services.galleries.delete_face(caller, _named(name), face_id)
        return Response(status=204)

    return blueprint


def _named(name: str) -> str:
    """What no gallery can be called, such as text with U+0000, is not there; PostgreSQL would call it an error."""
    if not name.isprintable():
        raise NotYours
    return name
