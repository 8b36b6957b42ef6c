"""The formula's editor: its text, what is said of it, and what becomes of what is typed."""
