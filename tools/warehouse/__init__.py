"""The warehouse: building, checking and publishing the snapshot that answers are read from, and the door to it."""
