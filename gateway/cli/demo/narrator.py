"""Tells the story on the terminal as it happens, and remembers whether all of it held."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from gateway.cli.http import Answer


@dataclass(slots=True)
class Narrator:
    console: Console = field(default_factory=lambda: Console(highlight=False, soft_wrap=True))
    failures: list[str] = field(default_factory=list)

    def title(self, text: str) -> None:
        self.console.print()
        self.console.print(Text(text, style="bold"))

    def say(self, text: str) -> None:
        self.console.print(Text(f"  {text}"))

    def expect(self, claim: str, held: object) -> None:
        """A line of the story that must be true; the demonstration fails where it is not."""
        mark, style = ("ok  ", "green") if held else ("FAIL", "bold red")
        self.console.print(Text.assemble(("  "), (mark, style), (f" {claim}", "")))
        if not held:
            self.failures.append(claim)

    def reasons(self, answer: Answer, *, codes: set[str] | None = None) -> None:
        """Each reason's sentence and citation, as the gateway words them."""
        for reason in answer.document.get("reasons", []):
            if codes is None or reason["code"] in codes:
                self.say(f"     {reason['code']}: {reason['sentence']}" + _cited(reason))


def _cited(reason: dict[str, Any]) -> str:
    return f" [{reason['citation']}]" if reason.get("citation") else ""
