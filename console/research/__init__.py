"""Research: the registry of models and what training needs. Runs where there is no screen."""
