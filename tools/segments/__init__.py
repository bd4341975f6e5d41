"""Groups of users: read and checked, said in words, kept, previewed and handed over."""
