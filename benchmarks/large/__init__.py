"""``make bench-large``: the fixed list of questions at about a hundred million events, and the peers beside it."""
