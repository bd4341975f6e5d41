"""The offline planner: it understands questions in Chinese and English without any language model."""
