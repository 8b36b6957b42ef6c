"""The changes of the run: on a time line under the plots, and as a list."""
