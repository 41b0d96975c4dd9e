"""The registry of models and the data set."""
