"""Help in the window: the pages behind F1, and a first thing to do. Read when it is wanted."""
