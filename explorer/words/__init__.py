"""The only place with sentences: errors, reasons, what the command line says."""
