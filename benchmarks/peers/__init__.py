"""What a user would pick beside Yunce, each in the environment of ``benchmarks/requirements.txt``."""
