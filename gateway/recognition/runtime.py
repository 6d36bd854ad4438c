"""Which runtime the workers encode with, as a setting says, and how a worker is told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Self

from gateway.recognition import conversions, weights
from gateway.recognition.weights import NetworkUnusable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.recognition.networks import Network
    from gateway.recognition.weights import Weights
    from gateway.settings import Settings

PROCESSOR: Final = "CPUExecutionProvider"


@dataclass(frozen=True, slots=True)
class Runtime:
    """`provider` is onnxruntime's name for what computes; `folder` is where converted networks are kept."""

    encoder: Literal["onnxruntime", "dlib"]
    provider: str
    folder: Path

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(encoder=settings.encoder, provider=settings.encoder_provider, folder=settings.networks)

    @classmethod
    def parse(cls, arguments: Sequence[str]) -> Self:
        """Inverse of `arguments`."""
        encoder, provider, folder = arguments
        return cls(encoder="dlib" if encoder == "dlib" else "onnxruntime", provider=provider, folder=Path(folder))

    def arguments(self) -> list[str]:
        return [self.encoder, self.provider, str(self.folder)]

    @property
    def on_processor(self) -> bool:
        return self.encoder == "dlib" or self.provider == PROCESSOR

    def prepare(self) -> None:
        """What a worker needs and may not make itself. Called by its parent before each start; quick where it is made.

        Raises:
            NetworkUnusable, WeightsMissing: no worker would come up.
        """
        if self.encoder == "dlib":
            return
        try:
            conversions.ensure(self.folder, weights.find())
        except OSError as error:
            raise NetworkUnusable(f"the converted network cannot be kept: {error.strerror}") from error

    def network(self, found: Weights) -> Network:
        """The network, loaded, and proven equal to the reference.

        Raises:
            NetworkUnusable: there is none, or it is not.
        """
        from gateway.recognition import networks  # noqa: PLC0415 - as in `conversions`

        if self.encoder == "dlib":
            return networks.Reference(found.network)
        conversion = conversions.load(self.folder, found.network_digest())
        if conversion is None:
            raise NetworkUnusable("there is no sound converted network")
        network = networks.Converted(conversion.model, provider=self.provider)
        network.prove(conversion.expected)
        return network
