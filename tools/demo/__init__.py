"""The demo warehouse: a lifestyle community of 18 months whose numbers carry a known story, made by SQL from hashes."""
