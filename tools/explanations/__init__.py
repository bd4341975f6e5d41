"""What carries the change of a metric: the parts it is made of, their contributions, and which of them stand out."""
