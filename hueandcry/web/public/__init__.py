"""The public website and members' own pages."""
