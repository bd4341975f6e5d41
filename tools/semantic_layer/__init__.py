"""From a typed query to a vetted result: query → resolve → plan → compile → guard → run → receipt."""
