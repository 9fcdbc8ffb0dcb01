"""Measures Fanfold against named peers; `python -m bench` writes docs/benchmarks.md."""
