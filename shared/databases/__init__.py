"""One adapter per database, behind one protocol: the change, its events and the call's key commit together."""
