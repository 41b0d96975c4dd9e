"""Everything the console knows without drawing: it imports no Textual, so the command line uses it too."""
