"""What is printed when all is well: where everything is, and how to get in."""

from local.faas_cli import script
from local.installation import Installation, default_home
from local.parts.stream import COMMAND
from local.secrets import masked


def summary(installation: Installation, seconds: float) -> str:
    rows = [
        ("Site", f"{installation.gateway_url}/"),
        ("  sign in", _sign_in(installation)),
        ("Gateway", installation.gateway_url),
        ("  page", f"{installation.gateway_url}/ui/"),
        ("  user", installation.secret("basic-auth-user")),
        ("  password", installation.secret("basic-auth-password")),
        ("  metrics", f"http://127.0.0.1:{installation.ports['metrics']}/metrics"),
        ("Events", f"127.0.0.1:{installation.ports['stream']} (gRPC)"),
        ("  follow", _following(installation)),
        *_servers(installation),
        ("Passwords", f"{installation.secret_folder}/"),
        ("Data", f"{installation.home}/"),
    ]
    width = max(len(name) for name, _ in rows)
    return "\n".join(
        [
            f"\nFanfold is up after {seconds:.1f} s.\n",
            *(f"  {name:<{width}}  {value}" for name, value in rows),
            "",
            "  make status shows every part, make logs follows them, make down stops them.",
            "  For faas-cli, signed in already, type this in a shell:",
            f"    . {script(installation)}",
        ]
    )


def _sign_in(installation: Installation) -> str:
    if installation.environment["CLERK_STANDIN_URL"]:
        return "as one of the demo's members; Night Editor is its administrator"
    site = installation.settings.get("PUBLIC_URL", "").rstrip("/") or installation.gateway_url
    return f"by Clerk, whose webhooks go to {site}/function/user-clerk-webhook"


def _following(installation: Installation) -> str:
    """Name the command; only the installation of the defaults is found without a word."""
    home = default_home(installation.checkout, installation.settings)
    where = "" if home.absolute() == installation.home else f" --home {installation.home}"
    return f"{COMMAND} tail{where}"


def _servers(installation: Installation) -> list[tuple[str, str]]:
    """List what stores and carries, the embedded or the operator's own."""
    names = [
        ("PostgreSQL", "post-database-url"),
        ("", "event-database-url"),
        (
            "MySQL" if "MYSQL_URL" in installation.settings else "MariaDB",
            "comment-database-url",
        ),
        ("MongoDB", "user-database-url"),
        ("SurrealDB", "like-database-url"),
        ("Redis", "redis-url"),
        ("RabbitMQ", "broker-url"),
    ]
    return [(title, masked(installation.secret(name))) for title, name in names]
