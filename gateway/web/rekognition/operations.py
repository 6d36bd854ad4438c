"""The table of operations: by the name that a program sends, the scope, the input and what is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from gateway.web.rekognition.inputs import Input

if TYPE_CHECKING:
    from gateway.vocabulary import Scope

TARGET: Final = "RekognitionService."


@dataclass(frozen=True, slots=True)
class Performed:
    """The output of an operation, and what the native API would have answered, where it was governed."""

    output: Mapping[str, Any]
    about: Mapping[str, Any] = field(default_factory=dict)


View = Callable[[Any, Any, Any], Performed]
Asked = TypeVar("Asked", bound=Input)


@dataclass(frozen=True, slots=True)
class Offered:
    scope: Scope
    model: type[Input]
    perform: View


OFFERED: Final[dict[str, Offered]] = {}


def operation(scope: Scope, model: type[Asked]) -> Callable[[View], View]:
    """Declares the view `search_faces(caller, services, asked)` as the operation SearchFaces."""

    def declare(view: View) -> View:
        name = "".join(word.capitalize() for word in view.__name__.split("_"))
        OFFERED[name] = Offered(scope, model, view)
        return view

    return declare


# What else Amazon's model of the service has.
_FACES_IN_VIDEO: Final = """
    StartFaceDetection GetFaceDetection StartFaceSearch GetFaceSearch StartPersonTracking GetPersonTracking
    CreateStreamProcessor StartStreamProcessor StopStreamProcessor UpdateStreamProcessor DeleteStreamProcessor
    DescribeStreamProcessor ListStreamProcessors
"""
_LIVENESS: Final = "CreateFaceLivenessSession GetFaceLivenessSessionResults"
_OTHER_THINGS: Final = """
    CopyProjectVersion CreateDataset CreateProject CreateProjectVersion DeleteDataset DeleteProject DeleteProjectPolicy
    DeleteProjectVersion DescribeDataset DescribeProjectVersions DescribeProjects DetectCustomLabels DetectLabels
    DetectModerationLabels DetectProtectiveEquipment DetectText DistributeDatasetEntries GetCelebrityInfo
    GetCelebrityRecognition GetContentModeration GetLabelDetection GetMediaAnalysisJob GetSegmentDetection
    GetTextDetection ListDatasetEntries ListDatasetLabels ListMediaAnalysisJobs ListProjectPolicies ListTagsForResource
    PutProjectPolicy RecognizeCelebrities StartCelebrityRecognition StartContentModeration StartLabelDetection
    StartMediaAnalysisJob StartProjectVersion StartSegmentDetection StartTextDetection StopProjectVersion TagResource
    UntagResource UpdateDatasetEntries
"""
NOT_OFFERED: Final[dict[str, str]] = (
    dict.fromkeys(
        _FACES_IN_VIDEO.split(),
        "Video and live operations are never executed here; POST /v1/decisions tells what policy says of them.",
    )
    | dict.fromkeys(_LIVENESS.split(), "This gateway does not judge whether a face is alive.")
    | dict.fromkeys(_OTHER_THINGS.split(), "This gateway offers the operations on collections, faces and users only.")
)
