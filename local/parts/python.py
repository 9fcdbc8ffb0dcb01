"""The Python that runs Fanfold's own programs: the environment of the checkout."""

from local.installation import Installation


def interpreter(installation: Installation) -> str:
    return str(installation.checkout / ".venv" / "bin" / "python")
