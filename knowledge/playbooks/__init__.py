"""Our own shelf: what to do, for whom, with which evidence, how to measure it and when to stop."""

from __future__ import annotations

from knowledge.playbooks.load import load_documents, load_playbooks, playbook
from knowledge.playbooks.model import Effect, Playbook

__all__ = ["Effect", "Playbook", "load_documents", "load_playbooks", "playbook"]
