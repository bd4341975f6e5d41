"""Finding passages: encoders, words, a bilingual glossary, an index in flat files, and the search over them."""
