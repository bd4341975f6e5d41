"""What the catalog holds and how its faults are said."""
