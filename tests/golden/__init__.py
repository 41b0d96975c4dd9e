"""Files both languages have to read alike."""
