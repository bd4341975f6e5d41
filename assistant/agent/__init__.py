"""The agent: a model that chooses tool calls, and the tools it may call. Importing this package loads langchain."""
