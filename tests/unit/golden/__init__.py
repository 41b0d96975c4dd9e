"""The golden files, as Python reads them."""
