"""Campaign plans: typed figures worked out of receipts of the vetted tools, and playbooks chosen for them."""
