"""What the gateway is told from outside, read once from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.queue.settings import QueueSettings
from shared import durations
from shared.errors import ConfigurationError

CHECKOUT = Path(__file__).resolve().parent.parent
# A unix socket path holds 107 bytes; the file names below GATEWAY_RUN take at most 20 of them.
RUN_LENGTH = 85
HIGHEST_PORT = 65_535
MOST_STARTS = 1_000
SWITCHES = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, kw_only=True)
class Settings:
    host: str = "127.0.0.1"
    port: int = 8080
    metrics_port: int = 8082
    folder: Path
    run: Path
    images: Mapping[str, Path]
    credentials: bytes | None = None
    runtime: str = "shared.runtime"
    timeout: float = 60.0
    start_timeout: float = 30.0
    starts_at_once: int = 2
    spares: int = 2
    log_level: str = "info"
    development: bool = False
    queue: QueueSettings | None = None
    # Whether deployments may run commands, and of which servers functions may be made.
    programs: bool = False
    upstreams: tuple[str, ...] = ()

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Settings":
        """Take the settings of `environ`; the error names all that must be mended."""
        problems: list[str] = []
        folder = Path(environ.get("GATEWAY_DATA", ".fanfold/gateway")).absolute()
        run = Path(environ.get("GATEWAY_RUN", f"{folder}/run")).absolute()
        if len(bytes(run)) > RUN_LENGTH:
            problems.append(
                f"GATEWAY_RUN must have at most {RUN_LENGTH} bytes, because sockets live in "
                f"it, got {len(bytes(run))}: {run}"
            )
        settings = cls(
            host=environ.get("GATEWAY_HOST", cls.host),
            port=whole(environ, "GATEWAY_PORT", cls.port, range(HIGHEST_PORT + 1), problems),
            metrics_port=whole(
                environ,
                "GATEWAY_METRICS_PORT",
                cls.metrics_port,
                range(HIGHEST_PORT + 1),
                problems,
            ),
            folder=folder,
            run=run,
            images=images(environ.get("GATEWAY_IMAGES", f"fanfold={CHECKOUT}"), problems),
            credentials=credentials(environ, problems),
            runtime=environ.get("GATEWAY_RUNTIME", cls.runtime),
            timeout=seconds(environ, "GATEWAY_TIMEOUT", cls.timeout, problems),
            start_timeout=seconds(
                environ, "GATEWAY_START_TIMEOUT", cls.start_timeout, problems
            ),
            starts_at_once=whole(
                environ,
                "GATEWAY_STARTS_AT_ONCE",
                cls.starts_at_once,
                range(1, MOST_STARTS + 1),
                problems,
            ),
            spares=whole(
                environ, "GATEWAY_SPARES", cls.spares, range(MOST_STARTS + 1), problems
            ),
            log_level=environ.get("LOG_LEVEL", cls.log_level),
            development=switch(environ, "GATEWAY_DEVELOPMENT", problems),
            queue=QueueSettings.read(environ, problems),
            programs=switch(environ, "GATEWAY_PROGRAMS", problems),
            upstreams=tuple(
                host
                for each in environ.get("GATEWAY_UPSTREAMS", "").split(",")
                if (host := each.strip())
            ),
        )
        if problems:
            raise ConfigurationError("; ".join(problems))
        return settings


def whole(
    environ: Mapping[str, str], name: str, default: int, allowed: range, problems: list[str]
) -> int:
    text = environ.get(name, str(default))
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
    if number not in allowed:
        problems.append(f"{name} must be {allowed[0]} to {allowed[-1]}, got {text}")
        return default
    return number


def switch(
    environ: Mapping[str, str], name: str, problems: list[str], default: str = "false"
) -> bool:
    text = environ.get(name) or default
    if text.lower() not in SWITCHES:
        problems.append(f"{name} must be true or false, got {text}")
    return SWITCHES.get(text.lower(), False)


def seconds(
    environ: Mapping[str, str], name: str, default: float, problems: list[str]
) -> float:
    try:
        return durations.seconds(environ.get(name) or f"{default:g}s")
    except ValueError as error:
        problems.append(f"{name}: {error}")
        return default


def images(text: str, problems: list[str]) -> dict[str, Path]:
    """Read `repository=folder` pairs, separated by commas."""
    found: dict[str, Path] = {}
    for pair in filter(None, text.split(",")):
        repository, _, folder = pair.strip().partition("=")
        if not folder or not Path(folder).is_dir():
            problems.append(
                "GATEWAY_IMAGES must be pairs repository=folder of folders that exist, "
                f"got {pair}"
            )
        found[repository] = Path(folder).absolute()
    return found


def credentials(environ: Mapping[str, str], problems: list[str]) -> bytes | None:
    """Read `user:password` from the two secret files, unless basic_auth is off."""
    if not switch(environ, "basic_auth", problems, default="true"):
        return None
    folder = Path(environ.get("GATEWAY_SECRETS", "/run/secrets"))
    parts: list[bytes] = []
    for name in ("basic-auth-user", "basic-auth-password"):
        reason = "it is empty"
        try:
            parts.append((folder / name).read_bytes().strip())
        except OSError as error:
            parts.append(b"")
            reason = error.strerror or type(error).__name__
        if not parts[-1]:
            problems.append(
                f"{folder / name} must hold the {name[11:]} ({reason}); "
                f"GATEWAY_SECRETS names the folder, basic_auth=false turns it off"
            )
    return b":".join(parts)
