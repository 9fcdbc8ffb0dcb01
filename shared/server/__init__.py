"""An ASGI 3 server over uvloop and httptools: HTTP/1.1 for one application in one process.

docs/decisions/0008 says why it is ours.
"""
