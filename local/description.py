"""installation.json: what tests, tools and the next start read of an installation."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local.installation import Installation


def describe(installation: "Installation") -> dict[str, Any]:
    ports, vault, given = installation.ports, installation.vault, installation.settings
    at = {name: f"127.0.0.1:{port}" for name, port in ports.items()}
    return {
        "checkout": str(installation.checkout),
        "home": str(installation.home),
        "run": str(installation.run),
        "automatic": installation.automatic,
        "options": dict(installation.options),
        "ports": dict(ports),
        "secrets": str(installation.secret_folder),
        "environment": installation.environment,
        "environment_file": str(installation.environment_file),
        "openfaas_config": str(installation.home / "openfaas"),
        "urls": {
            "gateway": installation.gateway_url,
            "metrics": f"http://{at['metrics']}/metrics",
            "clerk": f"http://{at['standins']}/clerk",
            "imagekit": f"http://{at['standins']}/imagekit",
            "s3": f"http://{at['s3']}",
            "connector": f"http://{at['connector']}",
            "stream": at["stream"],
        },
        "admin": {
            "postgres": given.get("POSTGRES_URI")
            or f"postgresql://postgres:{vault.get('postgres')}@{at['postgres']}/postgres",
            "mysql": given.get("MYSQL_URL")
            or f"mysql://root:{vault.get('mariadb')}@{at['mariadb']}/mysql",
            "mongo": given.get("MONGO_URI")
            or f"mongodb://root:{vault.get('mongodb')}@{at['mongodb']}/"
            "?authSource=admin&replicaSet=fanfold",
            "surreal": installation.secret("like-database-url"),
            "broker": installation.secret("broker-url"),
            "redis": installation.secret("redis-url"),
        },
        "gateway_user": installation.secret("basic-auth-user"),
        "gateway_password": installation.secret("basic-auth-password"),
    }


def read_description(home: Path) -> dict[str, Any]:
    path = home / "installation.json"
    if not path.exists():
        return {}
    described: dict[str, Any] = json.loads(path.read_text())
    return described
