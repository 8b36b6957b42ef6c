"""The graph of a trace as a picture: what is drawn, where, and as SVG. No Qt, no torch.

`scene` decides what is drawn, `layout` where, `svg` is one way of drawing it; the window's
graph view is the other, on the same records. As JSON it is whole:
`explorer.export.graphdocument`.
"""
