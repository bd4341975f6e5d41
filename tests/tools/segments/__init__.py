"""Segments: the language against a plain evaluator, saved segments, previews, exports."""
