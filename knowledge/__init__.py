"""What is true: the canonical tables, the vetted metric catalog and the playbooks. Opens no database, knows no model."""
