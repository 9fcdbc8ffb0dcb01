"""The description of every operation, made from what its module declares.

`python -m shared.openapi` writes docs/openapi.json from stack.yml and the type hints.
"""
