"""The whole API: which method and path is answered by what."""

from gateway import system
from gateway.api import Handler

# A path may end in one segment of its own, `{name}`; the methods not listed are refused by 405.
ROUTES: dict[str, dict[str, Handler]] = {
    "/": {"GET": system.front_page, "HEAD": system.front_page},
    "/healthz": {"GET": system.healthz, "HEAD": system.healthz},
    "/system/functions": {
        "GET": system.list_functions,
        "POST": system.deploy_function,
        "PUT": system.update_function,
        "DELETE": system.delete_function,
    },
    "/system/function/{name}": {"GET": system.describe_function},
    "/system/scale-function/{name}": {"POST": system.scale_function},
    "/system/info": {"GET": system.info},
    "/system/namespaces": {"GET": system.list_namespaces},
    "/system/secrets": {
        "GET": system.list_secrets,
        "POST": system.create_secret,
        "PUT": system.update_secret,
        "DELETE": system.delete_secret,
    },
    "/system/logs": {"GET": system.read_logs},
}
# `/function/{name}[.namespace][/path]` takes any method and is not here: it is the data path,
# `gateway.gateway.Gateway.exchange` to `gateway.invoke.Call`.


def find(path: str) -> tuple[dict[str, Handler], str] | None:
    """The handlers of a path by method, and what stands at `{name}`."""
    if path in ROUTES:
        return ROUTES[path], ""
    parent, _, name = path.rpartition("/")
    handlers = ROUTES.get(f"{parent}/{{name}}")
    return (handlers, name) if handlers and name else None
