"""SQL of funnels: who entered, how far each attempt got, and which attempt counts for a user."""
