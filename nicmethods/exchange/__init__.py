"""Other programs' files, in and out: REFI-QDA, QualCoder, Taguette, spreadsheets, Word."""
