"""What faas-cli needs to know of an installation, apart from the user's own ~/.openfaas."""

import base64
import shlex
from pathlib import Path

from local.installation import Installation


def sign_in(installation: Installation) -> None:
    """Write the credentials that `faas-cli login` would, and the variables that name them."""
    path = installation.home / "openfaas" / "config.yml"
    user, password = (
        installation.secret(f"basic-auth-{name}") for name in ("user", "password")
    )
    token = base64.b64encode(f"{user}:{password}".encode()).decode()
    entry = f"  - gateway: {installation.gateway_url}\n    auth: basic\n    token: {token}\n"
    if not path.exists() or entry not in path.read_text():
        installation.owner.file(path, "auths:\n" + entry)
    exports = (f"export {k}={shlex.quote(v)}\n" for k, v in variables(installation).items())
    installation.owner.file(script(installation), "".join(exports))


def script(installation: Installation) -> Path:
    """Name the file that a shell reads to use faas-cli with this installation."""
    return installation.home / "faas-cli.sh"


def variables(installation: Installation) -> dict[str, str]:
    """Name the variables that point faas-cli, stack.yml and a drain at this installation."""
    return {
        "OPENFAAS_URL": installation.gateway_url,
        "OPENFAAS_CONFIG": str(installation.home / "openfaas"),
        "FANFOLD_ENVIRONMENT": str(installation.environment_file),
        "GATEWAY_URL": installation.gateway_url,
        "secret_mount_path": str(installation.secret_folder),
    }
