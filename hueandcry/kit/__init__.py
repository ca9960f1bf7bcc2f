"""Small tools without policing knowledge."""
