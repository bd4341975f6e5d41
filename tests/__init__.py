"""The tests of Yunce. They reach nothing but loopback and need no file outside the repository."""
