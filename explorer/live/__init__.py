"""What a document in the window has beside its experiment: files and unsaved work. No Qt."""
