"""The chat in the browser: Chainlit, served on this machine only, with its history in SQLite."""
