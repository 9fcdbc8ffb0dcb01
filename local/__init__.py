"""Fanfold on one machine: what `make up`, `down`, `status` and `logs` run."""
