"""Summaries of a period: what they consist of, and how they are computed from the results of other tools."""
