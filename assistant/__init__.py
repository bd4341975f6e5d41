"""How it talks: the agent, its answers, the chat and the terminal. Imports tools and knowledge; nothing imports it."""
