"""Vectors of our own shelf to ship with the package: ``python -m tools.retrieval.prebuilt`` after playbooks were changed.

Nothing depends on them being fresh: a passage they lack is encoded at the first search.
"""

from __future__ import annotations

import sys
import time

import numpy as np

from knowledge.playbooks import load_playbooks
from tools.documents.passages import passages_of_playbook
from tools.retrieval import store
from tools.retrieval.encoders import packaged_encoders
from tools.retrieval.entries import entries


def main() -> None:
    """Encode what is missing, drop what is gone, and write one file for each packaged encoder."""
    ready = entries([each for playbook in load_playbooks().values() for each in passages_of_playbook(playbook)])
    for encoder in packaged_encoders():
        start = time.monotonic()
        known = store.shipped_vectors(encoder.name)
        vectors, new = {}, 0
        for entry in ready:
            key = entry.views.key
            if key not in known:
                known[key] = encoder.encode_passages(entry.views.texts).astype(np.float16)
                new += len(entry.views.texts)
            vectors[key] = known[key]
        path = store.shipped(encoder.name)
        store.keep(path.parent, encoder.name, vectors, path.name)
        sys.stdout.write(
            f"{path.name}: {len(vectors)} passages, {new} texts encoded in {time.monotonic() - start:.0f} s\n"
        )


if __name__ == "__main__":
    main()
