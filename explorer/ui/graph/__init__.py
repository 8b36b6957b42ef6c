"""The graph of the window: painted, walked through, stepped through backward.

`tab` puts it together; `view` shows a placed picture (`explorer.picture`) and knows where
the mouse is, `painting` turns its shapes into strokes of a painter.
"""
