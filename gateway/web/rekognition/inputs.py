"""What the operations take: the members, patterns and limits of Amazon's service model (2016-06-27), the maxima too.

A member that the model does not have is refused: it might change what is asked.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from gateway.web.api.bodies import image_bytes
from gateway.web.problems import Problem

DEFAULT_PERCENT: Final = 80.0  # Amazon's default of each threshold of faces
MOST_LISTED: Final = 4096
DEFAULT_LISTED: Final = 1000

Collection = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9_.\-]{1,255}$")]
User = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9_.\-:]{1,128}$")]
Face = Annotated[
    str, StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", max_length=36)
]
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Token = Annotated[str, StringConstraints(max_length=255)]
RequestToken = Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9\-_]{1,64}$")]
Filter = Literal["NONE", "AUTO", "LOW", "MEDIUM", "HIGH"]
PageSize = Annotated[int, Field(ge=0, le=MOST_LISTED)]
UserCount = Annotated[int, Field(ge=1, le=500)]
Attribute = Literal[
    "DEFAULT", "ALL", "AGE_RANGE", "BEARD", "EMOTIONS", "EYE_DIRECTION", "EYEGLASSES", "EYES_OPEN", "GENDER",
    "MOUTH_OPEN", "MUSTACHE", "FACE_OCCLUDED", "SMILE", "SUNGLASSES",
]  # fmt: skip


class Input(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class S3Picture(Input):
    Bucket: str | None = None
    Name: str | None = None
    Version: str | None = None


class Picture(Input):
    Bytes: str | None = Field(default=None, min_length=1)
    S3Object: S3Picture | None = None

    def content(self, member: str) -> bytes:
        """Raises Problem."""
        if self.S3Object is not None:
            raise Problem(
                status=400,
                code="S3_NOT_OFFERED",
                detail="This gateway fetches no picture from S3.",
                remedy=f"Send the picture itself, as {member}.Bytes.",
            )
        if self.Bytes is None:
            raise Problem(
                status=422, code="IMAGE_MISSING", detail="There is no picture.", remedy=f"Send {member}.Bytes."
            )
        return image_bytes(self.Bytes, member)


class OfCollection(Input):
    CollectionId: Collection


class CreateCollection(OfCollection):
    Tags: dict[str, str] = {}

    @model_validator(mode="after")
    def _untagged(self) -> CreateCollection:
        if self.Tags:
            raise ValueError("tags are not offered")
        return self


class Listing(Input):
    NextToken: Token | None = None
    MaxResults: PageSize = DEFAULT_LISTED

    @property
    def limit(self) -> int:
        return self.MaxResults or DEFAULT_LISTED


class ListCollections(Listing):
    pass


class ListFaces(Listing, OfCollection):
    UserId: User | None = None
    FaceIds: Annotated[list[Face], Field(min_length=1, max_length=4096)] | None = None


class DeleteFaces(OfCollection):
    FaceIds: Annotated[list[Face], Field(min_length=1, max_length=4096)]


class IndexFaces(OfCollection):
    Image: Picture
    ExternalImageId: Annotated[str, StringConstraints(pattern=r"^[a-zA-Z0-9_.\-:]{1,255}$")] | None = None
    DetectionAttributes: list[Attribute] = []
    MaxFaces: Annotated[int, Field(ge=1)] | None = None
    QualityFilter: Filter = "AUTO"


class FaceSearch(OfCollection):
    MaxFaces: Annotated[int, Field(ge=1, le=4096)] | None = None
    FaceMatchThreshold: Percent = DEFAULT_PERCENT


class SearchFaces(FaceSearch):
    FaceId: Face


class SearchFacesByImage(FaceSearch):
    Image: Picture
    QualityFilter: Filter = "NONE"


class CompareFaces(Input):
    SourceImage: Picture
    TargetImage: Picture
    SimilarityThreshold: Percent = DEFAULT_PERCENT
    QualityFilter: Filter = "NONE"


class DetectFaces(Input):
    Image: Picture
    Attributes: list[Attribute] = []


class OfUser(OfCollection):
    UserId: User
    ClientRequestToken: RequestToken | None = None


class FacesOfUser(OfUser):
    FaceIds: Annotated[list[Face], Field(min_length=1, max_length=100)]

    @property
    def faces(self) -> list[UUID]:
        return [UUID(face) for face in dict.fromkeys(self.FaceIds)]


class AssociateFaces(FacesOfUser):
    UserMatchThreshold: Percent = 75.0


class ListUsers(OfCollection):
    MaxResults: UserCount = 500
    NextToken: Token | None = None


class UserSearch(OfCollection):
    UserMatchThreshold: Percent = DEFAULT_PERCENT
    MaxUsers: UserCount | None = None


class SearchUsers(UserSearch):
    UserId: User | None = None
    FaceId: Face | None = None

    @model_validator(mode="after")
    def _one(self) -> SearchUsers:
        if (self.UserId is None) == (self.FaceId is None):
            raise ValueError("either UserId or FaceId is given")
        return self


class SearchUsersByImage(UserSearch):
    Image: Picture
    QualityFilter: Filter = "NONE"
