"""What is installed: the locks, the wheel, the generated module, the import rules."""
