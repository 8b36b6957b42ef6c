"""A run in other forms: plain tables (JSON, CSV); later a PyTorch script and pictures."""
