"""Strategy documents in: files are read, cleaned by named rules, cut into passages and kept on the shelf."""
