"""The report of a run: collected from the disk, arranged once, and written as HTML, Markdown and a few lines."""
