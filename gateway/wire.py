"""The JSON of the OpenFaaS API, shaped so that the Go clients on the other side decode it.

Empty optional fields are left out, because clients that compare deeply would see a difference;
`labels` and `annotations` of a status are always objects, because older clients dereference
them; counts are whole numbers and times carry a zone, because Go decodes nothing else.
"""

import re
from datetime import datetime
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

DEFAULT_NAMESPACE = "openfaas-fn"
LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
ENVIRONMENT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
SUBDOMAIN_LENGTH = 253


class Malformed(Exception):
    """The body is not what the endpoint takes; the text says the rule and the value."""


class Deployment(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A function as `faas-cli deploy` sends it; strings are echoed exactly as received."""

    service: str
    image: str
    namespace: str = ""
    env_process: str = ""
    env_vars: dict[str, str] = {}
    constraints: list[str] = []
    secrets: list[str] = []
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    limits: dict[str, str] = {}
    requests: dict[str, str] = {}
    read_only_root_filesystem: bool = False


class Usage(msgspec.Struct, frozen=True, rename="camel"):
    cpu: float
    total_memory_bytes: int


class FunctionStatus(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True
):
    """What list and describe answer; `replicas` is desired, `available_replicas` is ready."""

    name: str
    image: str
    namespace: str
    replicas: int
    available_replicas: int
    invocation_count: int
    labels: dict[str, str]
    annotations: dict[str, str]
    created_at: datetime
    env_process: str = ""
    env_vars: dict[str, str] = {}
    constraints: list[str] = []
    secrets: list[str] = []
    limits: dict[str, str] = {}
    requests: dict[str, str] = {}
    read_only_root_filesystem: bool = False
    usage: Usage | None = None


class FunctionReference(msgspec.Struct, frozen=True, rename="camel"):
    function_name: str
    namespace: str = ""


class Scale(msgspec.Struct, frozen=True, rename="camel"):
    replicas: int
    service_name: str = ""
    namespace: str = ""


class Alert(msgspec.Struct, frozen=True):
    status: str = ""
    labels: dict[str, str] = {}


class Alerts(msgspec.Struct, frozen=True):
    """What AlertManager posts; of what it says, this is what matters here."""

    alerts: list[Alert]


class Secret(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """A secret as sent (`raw_value` is base64 and wins over `value`), or as listed, bare."""

    name: str
    namespace: str = ""
    value: str = ""
    raw_value: bytes = b""

    @property
    def content(self) -> bytes:
        return self.raw_value or self.value.encode()


class LogEntry(msgspec.Struct, frozen=True):
    name: str
    namespace: str
    instance: str
    timestamp: datetime
    text: str


class FunctionNamespace(msgspec.Struct, frozen=True):
    name: str
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}


class Version(msgspec.Struct, frozen=True):
    release: str
    sha: str


class Provider(msgspec.Struct, frozen=True):
    provider: str
    orchestration: str
    version: Version


class GatewayInfo(msgspec.Struct, frozen=True):
    provider: Provider
    version: Version
    arch: str


encode = msgspec.json.encode


def decode(body: bytes, kind: type[T]) -> T:
    """Read one JSON object; a null member counts as absent, as it does for Go."""
    try:
        members: Any = msgspec.json.decode(body)
        if isinstance(members, dict):
            members = {name: value for name, value in members.items() if value is not None}
        return msgspec.convert(members, kind)
    except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise Malformed(f"the body is not a {kind.__name__}: {error}") from None
    except RecursionError:
        raise Malformed(f"the body is not a {kind.__name__}: it nests too deep") from None
