"""Our REST API, first version: one file for each room."""
