"""Experiments: what each metric is per user, the SELECT that adds it up by arm, and the statistics of a read-out."""
