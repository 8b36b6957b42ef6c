"""The inspector: all numbers of the selected tensor, under the tensors' table."""
