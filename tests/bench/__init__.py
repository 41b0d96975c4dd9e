"""What the desk takes, measured on this machine: `make bench`."""
