"""The React site as a function: its files, its pages, and what browsers ask the stand-ins."""
