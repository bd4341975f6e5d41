"""Predicted lifetime value: purchase histories, and the models of an optional extra that look ahead from them.

Nothing here is a tool: a prediction reaches no answer. See ``docs/definitions.md``.
"""
