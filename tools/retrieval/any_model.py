"""Any sentence-transformers model as an encoder, by name on a hub or by folder. An optional extra: it brings torch."""

from __future__ import annotations

import importlib
import threading
from collections.abc import Sequence
from typing import Any

import numpy as np

from knowledge.errors import QueryError
from knowledge.text import Text
from tools.retrieval.encoders import Vectors, readable


class NamedEncoder:
    """A sentence-transformers model. Prompts for questions and passages are the model's own, where it has some."""

    def __init__(self, model: str) -> None:
        self.name = f"sentence-transformers:{model}"
        self._lock = threading.Lock()
        self._model = _load(model)
        self.dimension = int(self._model.get_sentence_embedding_dimension())

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return a row for each question."""
        return self._encode(self._model.encode_query, texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Return a row for each passage."""
        return self._encode(self._model.encode_document, texts)

    def _encode(self, encode: Any, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        with self._lock:
            rows = encode([readable(text) for text in texts], normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(rows, np.float32)


def _load(model: str) -> Any:
    try:
        library = importlib.import_module("sentence_transformers")
    except ImportError as error:
        raise QueryError(
            Text(
                f"YUNCE_EMBEDDING_MODEL={model} 需要 sentence-transformers：请运行 pip install 'yunce[embeddings]'，"
                "或清空该设置以使用自带模型。",
                f"YUNCE_EMBEDDING_MODEL={model} needs sentence-transformers: run pip install 'yunce[embeddings]', or clear the "
                "setting to use the packaged models.",
            ),
            code="no_sentence_transformers",
        ) from error
    try:
        return library.SentenceTransformer(model)
    except (OSError, ValueError, RuntimeError) as error:
        why = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
        raise QueryError(
            Text(
                f"无法加载向量模型 {model}：{why}。请检查名称或文件夹，或清空 YUNCE_EMBEDDING_MODEL 以使用自带模型。",
                f"The embedding model {model} cannot be loaded: {why}. Check the name or folder, or clear YUNCE_EMBEDDING_MODEL "
                "to use the packaged models.",
            ),
            code="no_model",
        ) from error
