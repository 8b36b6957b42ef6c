"""The graph of a trace as a picture: what is drawn, where, and as SVG. No Qt, no torch.

`scene` decides what is drawn, `layout` where, `svg` is one way of drawing it; the window's
graph view is the other, on the same records. `document` gives the whole graph as JSON.
"""
