"""A campaign plan with what its words are made by: figures, receipts and the results behind it."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.answer.telling import cell
from assistant.answer.view import View
from knowledge.catalog import Catalog
from knowledge.playbooks.model import Playbook
from knowledge.text import Language, Text
from tools.plans.model import Drafted

Line = Text | None
"""A line of a plan, or none where the data cannot fill it."""


@dataclass(frozen=True)
class PlanView:
    """A plan with what its words are made by."""

    plan: Drafted
    catalog: Catalog
    language: Language

    @property
    def view(self) -> View:
        """The plan's own figures."""
        return View(self.plan, self.catalog, self.language)

    def part(self, name: str) -> View | None:
        """Return a result behind the plan; None where it has none."""
        found = self.plan.parts.get(name)
        return View(found, self.catalog, self.language) if found is not None else None

    def figure(self, name: str) -> str:
        """Return one figure of the plan as text; a dash where it is unknown."""
        return cell(self.view, self.plan.rows[0], name)

    def has(self, *names: str) -> bool:
        """Return whether these figures are known."""
        row = dict(zip(self.plan.columns, self.plan.rows[0], strict=True))
        return all(row[name] is not None for name in names)

    def raw(self, name: str) -> str:
        """Return one cell of the plan as it is stored: dates and words."""
        return str(dict(zip(self.plan.columns, self.plan.rows[0], strict=True))[name])

    def receipt(self, *names: str) -> str:
        """Return the receipts of parts in brackets."""
        ids = [self.plan.parts[name].receipt for name in names if name in self.plan.parts]
        told = "、".join(f"`{each}`" for each in dict.fromkeys(ids))
        return Text(f"（{told}）", f" ({told})").in_(self.language) if told else ""

    def numbered(self) -> list[tuple[int, Playbook]]:
        """Return the playbooks with the numbers that they are cited by."""
        return list(enumerate(self.plan.levers, start=1))
