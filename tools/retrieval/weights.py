"""How the signals are mixed: weights fitted to questions with known answers, and checked on documents left out of the fit.

They come from ``python -m benchmarks.retrieval fit``; docs/retrieval.md has the figures. A signal's role is its encoder's
(``e5``, ``use``, ``other``) and its level, so weights belong to models, not to one version of a package.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Weights:
    """Weights by role of the signal.

    Attributes:
        by_signal: the weight of each signal; one without a weight counts nothing.
        base: added to every score: with it, 1 / (1 + exp(-score)) is how well a passage fits, 0.75 for the usual right one.
        least: fit below which a passage is not shown.
        solid: fit from which a passage of a document goes before our own shelf.
    """

    by_signal: Mapping[str, float]
    base: float = -2.0
    least: float = 0.05
    solid: float = 0.20

    def mix(self, said: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        """Return the score of each passage; signals that are not given count nothing."""
        total = np.float32(self.base)
        mixed = [np.float32(self.by_signal.get(role(name), 0.0)) * scores for name, scores in said.items()]
        scores: NDArray[np.float32] = np.sum(mixed, axis=0) + total
        return scores


def role(signal: str) -> str:
    """Return the role of a signal: ``multilingual-e5-small-q4/0.3:whole`` is ``e5:whole``."""
    model, _, level = signal.rpartition(":")
    if not model:
        return signal
    if "e5" in model:
        return f"e5:{level}"
    return f"use:{level}" if model.startswith("use-") else f"other:{level}"


_BOTH = Weights(
    MappingProxyType(
        {
            "words": 0.21,
            "pairs": 1.30,
            "notions": 1.66,
            "figure": 0.61,
            "e5:whole": 0.146,
            "e5:sentence": 0.224,
            "use:whole": 0.154,
            "use:sentence": 0.064,
        }
    )
)
_UNIVERSAL = Weights(
    MappingProxyType(
        {"words": 0.41, "pairs": 2.72, "notions": 2.00, "figure": 0.72, "use:whole": 0.202, "use:sentence": 0.190}
    )
)
_ONE = {"words": 0.81, "pairs": 1.17, "notions": 1.61, "figure": 0.49}
_E5 = Weights(MappingProxyType({**_ONE, "e5:whole": 0.193, "e5:sentence": 0.276}))
_OTHER = Weights(MappingProxyType({**_ONE, "other:whole": 0.193, "other:sentence": 0.276}))


def weights_for(encoders: Sequence[str]) -> Weights:
    """Return the weights for encoders by name. A model nobody measured gets those of e5: signals come in spreads of the model."""
    kinds = {role(f"{name}:whole").split(":")[0] for name in encoders}
    if kinds == {"e5", "use"}:
        return _BOTH
    if kinds == {"use"}:
        return _UNIVERSAL
    return _E5 if kinds == {"e5"} else _OTHER
