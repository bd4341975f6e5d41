"""What can be done: the warehouse, the semantic layer and the tools the agent may call. Imports knowledge, never the assistant."""
