"""The proof of one gradient: autograd's value beside two that come about without autograd.

`proving.prove` puts together a central difference in float64 (`difference`), the derivative as
an expression with its value (`symbolic`, by sympy), and the chain rule with autograd's own
numbers in it (`chain`). `records` has the answer as plain data. The command line and the window
ask for one tensor at a time; everything here is for small graphs and says so where it stops.

Nothing is imported here: `explorer.words.proof` reads the records without torch.
"""
