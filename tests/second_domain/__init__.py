"""Another business, a web site's visits, read by the same planner and compiler from a catalog of its own."""
