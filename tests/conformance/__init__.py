"""Peers' test cases (events, query, expected), run through the product's own tools."""
