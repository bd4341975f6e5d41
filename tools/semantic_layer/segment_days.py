"""The days on which a segment is taken: one, bound in the statement, or a relation of buckets and days."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TakenOn:
    """Writes what a SELECT of members needs of its days.

    Attributes:
        day: SQL of the day in a row: ``d.day`` of the relation, or the one day.
        relation: a relation with the columns bucket and day, in parentheses; empty for the one day.
    """

    day: str
    relation: str = ""

    def rows(self, table: str, alias: str, condition: str) -> str:
        """Return FROM … WHERE: the rows of ``table`` that the condition, which may name the day, holds for."""
        if not self.relation:
            return f"FROM {table} AS {alias} WHERE {condition}"
        return f"FROM {self.relation} AS d CROSS JOIN {table} AS {alias} WHERE {condition}"

    def keys(self, user: str) -> str:
        """Return the columns that tell a member: bucket where there are several days, and user_id."""
        return f"d.bucket AS bucket, {user} AS user_id" if self.relation else f"{user} AS user_id"

    def group(self, user: str) -> str:
        """Return the same as terms of GROUP BY."""
        return f"d.bucket, {user}" if self.relation else user

    def names(self, alias: str) -> str:
        """Return the same columns of a relation that has them."""
        return (
            f"{alias}.bucket AS bucket, {alias}.user_id AS user_id" if self.relation else f"{alias}.user_id AS user_id"
        )

    def terms(self, alias: str) -> str:
        """Return the same columns without names of their own, as terms of PARTITION BY or GROUP BY."""
        return f"{alias}.bucket, {alias}.user_id" if self.relation else f"{alias}.user_id"

    def partition(self, alias: str) -> str:
        """Return PARTITION BY the bucket, where there are several days."""
        return f"PARTITION BY {alias}.bucket " if self.relation else ""

    def match(self, alias: str) -> str:
        """Return the condition that joins such a relation to its user ``u``."""
        same = f"{alias}.user_id = u.user_id"
        return f"{alias}.bucket = d.bucket AND {same}" if self.relation else same
