"""Which logs are trusted and how many witnesses must have seen a checkpoint (c2sp.org/tlog-policy).

A policy file names logs and witnesses by key, groups of witnesses with a threshold, and the quorum. An operator's file
may leave the quorum out where it names witnesses: then it is more than half of them, 2 of 3.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gateway.audit.errors import NoteMalformed, PolicyMalformed
from gateway.audit.notes import COSIGNATURE, ED25519, Verifier

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

NONE: Final = "none"
_DEFAULT_GROUP: Final = "witnesses"
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_COUNT: Final = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Witness:
    name: str
    verifier: Verifier
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WitnessPolicy:
    """A policy as its file says it. `logs` may be empty where the log is known otherwise."""

    logs: tuple[Verifier, ...] = ()
    witnesses: Mapping[str, Witness] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    quorum: str = NONE

    @classmethod
    def parse(cls, text: str) -> WitnessPolicy:
        """Raises PolicyMalformed with the number of the line."""
        reader = _Reader()
        for number, line in enumerate(text.split("\n"), 1):
            words = line.strip(" \t").split()
            if _CONTROL.search(line):
                raise PolicyMalformed(f"line {number} of the policy holds a control character")
            if words and not words[0].startswith("#"):
                try:
                    reader.read(words)
                except (ValueError, NoteMalformed) as error:
                    raise PolicyMalformed(f"line {number} of the policy: {error}") from None
        return reader.policy()

    @classmethod
    def load(cls, path: Path) -> WitnessPolicy:
        """Raises PolicyMalformed, OSError."""
        try:
            return cls.parse(path.read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            raise PolicyMalformed("the policy is not UTF-8") from None

    @property
    def verifiers(self) -> list[Verifier]:
        """The witnesses' keys."""
        return [witness.verifier for witness in self.witnesses.values()]

    def is_met(self, signed: Collection[Verifier]) -> bool:
        """Whether the witnesses whose keys signed are a quorum."""
        standing = {name for name, witness in self.witnesses.items() if witness.verifier in signed}
        # A group has only members that were named before it.
        for name, group in self.groups.items():
            if sum(member in standing for member in group.members) >= group.threshold:
                standing.add(name)
        return self.quorum == NONE or self.quorum in standing

    def with_logs(self, logs: Sequence[Verifier]) -> WitnessPolicy:
        return WitnessPolicy(tuple(logs), self.witnesses, self.groups, self.quorum)

    def __str__(self) -> str:
        lines = [f"log {log}" for log in self.logs]
        for name, witness in self.witnesses.items():
            lines.append(" ".join(["witness", name, str(witness.verifier), *([witness.url] if witness.url else [])]))
        lines += [f"group {name} {group.threshold} {' '.join(group.members)}" for name, group in self.groups.items()]
        return "\n".join([*lines, f"quorum {self.quorum}", ""])


class _Reader:
    def __init__(self) -> None:
        self._logs: list[Verifier] = []
        self._witnesses: dict[str, Witness] = {}
        self._groups: dict[str, Group] = {}
        self._grouped: set[str] = set()
        self._quorum: str | None = None

    def read(self, words: list[str]) -> None:
        match words:
            case ["log", vkey] | ["log", vkey, _]:
                self._logs.append(_key(vkey, ED25519, [log.public for log in self._logs]))
            case ["witness", name, vkey, *url] if len(url) <= 1:
                self._new(name)
                taken = [witness.verifier.public for witness in self._witnesses.values()]
                self._witnesses[name] = Witness(name, _key(vkey, COSIGNATURE, taken), url[0] if url else None)
            case ["group", name, count, *members] if members:
                self._new(name)
                self._group(name, count, members)
            case ["quorum", name] if self._quorum is None:
                if name != NONE and name not in self._witnesses and name not in self._groups:
                    raise ValueError("the quorum names nothing that was defined before it")
                self._quorum = name
            case _:
                raise ValueError("it is not a log, a witness, a group or the one quorum")

    def policy(self) -> WitnessPolicy:
        """Raises PolicyMalformed."""
        quorum = self._quorum
        if quorum is None and not self._witnesses:
            raise PolicyMalformed("the policy has no quorum line and no witness")
        if quorum is None:
            if self._groups:
                raise PolicyMalformed("the policy has groups and no quorum line")
            if _DEFAULT_GROUP in self._witnesses:
                raise PolicyMalformed(f"a witness may be named {_DEFAULT_GROUP} only where there is a quorum line")
            members = tuple(self._witnesses)
            self._groups[_DEFAULT_GROUP] = Group(len(members) // 2 + 1, members)
            quorum = _DEFAULT_GROUP
        return WitnessPolicy(tuple(self._logs), self._witnesses, self._groups, quorum)

    def _group(self, name: str, count: str, members: list[str]) -> None:
        for member in members:
            if member not in self._witnesses and member not in self._groups:
                raise ValueError("a group names a member that was not defined before it")
            if member in self._grouped:
                raise ValueError("a name may stand in one group, once")
            self._grouped.add(member)
        written = {"any": 1, "all": len(members)}.get(count)
        if written is None and not _COUNT.fullmatch(count):
            raise ValueError("a group's threshold is any, all or a number")
        threshold = written if written is not None else int(count)
        if threshold > len(members):
            raise ValueError("a group asks for more members than it has")
        self._groups[name] = Group(threshold, tuple(members))

    def _new(self, name: str) -> None:
        if name == NONE or name in self._witnesses or name in self._groups:
            raise ValueError("the name is taken")


def _key(vkey: str, kind: bytes, taken: list[bytes]) -> Verifier:
    verifier = Verifier.parse(vkey)
    if verifier.kind != kind:
        raise ValueError("the key is not of the kind that such a line needs")
    if verifier.public in taken:
        raise ValueError("the key stands there already")
    return verifier
