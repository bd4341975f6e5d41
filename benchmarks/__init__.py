"""Measurements against peers and hand-written SQL, always as ratios within one run."""
