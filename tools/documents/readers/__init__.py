"""Readers: the bytes of a file into blocks. What a file is, its content says, not its name."""

from tools.documents.readers.read import Reading, read_bytes

__all__ = ["Reading", "read_bytes"]
