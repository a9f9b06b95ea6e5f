"""The report of a run: report.html and its figures, from the CSV files of a run directory and run.json alone."""
