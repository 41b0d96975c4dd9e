"""What can be tested in one process."""
