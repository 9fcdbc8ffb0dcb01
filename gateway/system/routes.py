"""The whole API: which method and path is answered by what."""

from gateway.system import alerts, functions, info, logs, namespaces, secrets
from gateway.system.api import Handler
from gateway.ui import overview, page

# The last segment of a path may be a name; methods that are not listed are refused by 405.
ROUTES: dict[str, dict[str, Handler]] = {
    "/": {"GET": info.front_page, "HEAD": info.front_page},
    "/healthz": {"GET": info.healthz, "HEAD": info.healthz},
    "/system/info": {"GET": info.info},
    "/system/functions": {
        "GET": functions.list_all,
        "POST": functions.deploy,
        "PUT": functions.update,
        "DELETE": functions.delete,
    },
    "/system/function/{name}": {"GET": functions.describe},
    "/system/scale-function/{name}": {"POST": functions.scale},
    "/system/alert": {"POST": alerts.receive},
    "/system/logs": {"GET": logs.read},
    "/system/secrets": {
        "GET": secrets.list_all,
        "POST": secrets.create,
        "PUT": secrets.update,
        "DELETE": secrets.delete,
    },
    "/system/namespaces": {"GET": namespaces.list_all},
    "/system/namespace/": {"POST": namespaces.create},
    "/system/namespace/{name}": {
        "GET": namespaces.describe,
        "PUT": namespaces.update,
        "DELETE": namespaces.delete,
    },
    "/ui": {"GET": page.door},
    "/ui/": {"GET": page.index},
    "/ui/functions": {"GET": overview.show},
    "/ui/{name}": {"GET": page.asset},
}
# `/function/{name}[.namespace][/path]` takes any method and is not in the table: it is the data
# path, where `Gateway.exchange` makes each request a `gateway.calls.invoke.Call`.


def find(path: str) -> tuple[dict[str, Handler], str] | None:
    """Find the handlers of a path, by method, and what stands at `{name}`."""
    if path in ROUTES:
        return ROUTES[path], ""
    parent, _, name = path.rpartition("/")
    handlers = ROUTES.get(f"{parent}/{{name}}")
    return (handlers, name) if handlers and name else None
