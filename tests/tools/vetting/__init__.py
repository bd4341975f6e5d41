"""Proofs of entries against a warehouse and by hand."""
