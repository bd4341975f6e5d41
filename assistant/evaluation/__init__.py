"""Question sets: what was right, wrong or refused, and how well passages are found."""
