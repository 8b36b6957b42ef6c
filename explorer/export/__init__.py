"""A run, its gradients, its graph as plain data: JSON and CSV."""
