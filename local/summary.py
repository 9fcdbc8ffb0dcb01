"""What is printed when all is well: where everything is, and how to get in."""

from local.faas_cli import variables
from local.installation import Installation
from local.secrets import masked


def _members(installation: Installation) -> list[tuple[str, str]]:
    if not installation.environment["CLERK_STANDIN_URL"]:
        return []
    return [
        ("Sign in", "on the site, as one of the demo's members; Night Editor administrates")
    ]


def summary(installation: Installation, seconds: float) -> str:
    rows = [
        ("Site", f"{installation.gateway_url}/"),
        ("Gateway", f"{installation.gateway_url}/system/functions"),
        ("  user", installation.secret("basic-auth-user")),
        ("  password", installation.secret("basic-auth-password")),
        *_members(installation),
        ("PostgreSQL", masked(installation.secret("post-database-url"))),
        ("MariaDB", masked(installation.secret("comment-database-url"))),
        ("MongoDB", masked(installation.secret("user-database-url"))),
        ("SurrealDB", masked(installation.secret("like-database-url"))),
        ("Redis", masked(installation.secret("redis-url"))),
        ("RabbitMQ", masked(installation.secret("broker-url"))),
        ("Passwords", f"{installation.secret_folder}/"),
        ("Data", f"{installation.home}/"),
    ]
    width = max(len(name) for name, _ in rows)
    lines = [f"  {name:<{width}}  {value}" for name, value in rows]
    exports = [f"{name}={value}" for name, value in variables(installation).items()]
    return "\n".join(
        [
            f"\nFanfold is up after {seconds:.1f} s.\n",
            *lines,
            "",
            "  make status shows every part, make logs follows them, make down stops them.",
            "  For faas-cli, which is signed in already:",
            f"  export {' '.join(exports)}",
        ]
    )
