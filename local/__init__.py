"""Fanfold on one machine: everything behind `make up`, `make down`, `make status` and `make logs`."""
