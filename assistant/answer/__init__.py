"""From results to what a person reads: words, formats, charts and the check on every figure."""
