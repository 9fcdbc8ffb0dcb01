"""Programs that are none of ours, and the watchdog that makes each look like one that is.

To the gateway every replica is a process that serves HTTP on a unix socket. Here that process
is a watchdog, forked like any other: it runs the `envProcess` once per call, or keeps
it running and passes connections on to its port, or passes them on to a server elsewhere.
"""
