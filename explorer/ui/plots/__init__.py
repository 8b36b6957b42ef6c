"""The live plots: one view, four panels, drawn by pyqtgraph."""
