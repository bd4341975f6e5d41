"""Tests of the assistant layer."""
