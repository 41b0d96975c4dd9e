"""The console in a browser: a page, a terminal in it, and behind each page a read-only console of its own."""
