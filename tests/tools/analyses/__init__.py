"""Tests of the analyses beyond one number."""
