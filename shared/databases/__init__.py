"""One adapter per database: a change, its events and the call's key commit together."""
