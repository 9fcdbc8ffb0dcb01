"""Read Prometheus's text format as strictly as its own parser does."""

import http.client
import re
from dataclasses import dataclass, field

from tests.integration.gateway.running import Gateway

SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')
KINDS = {"counter", "gauge", "summary", "histogram"}
SUFFIXES = {"summary": ("_sum", "_count"), "histogram": ("_bucket", "_sum", "_count")}
Labels = frozenset[tuple[str, str]]


@dataclass
class Metrics:
    """Kind by family, value by sample's name and labels."""

    kinds: dict[str, str] = field(default_factory=dict)
    values: dict[tuple[str, Labels], float] = field(default_factory=dict)

    def get(self, name: str, **labels: str) -> float | None:
        return self.values.get((name, frozenset(labels.items())))

    def names(self) -> set[str]:
        return {name for name, _ in self.values}


def ask(gateway: Gateway, method: str, path: str, **headers: str) -> tuple[int, str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", gateway.metrics_port, timeout=20)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers.get("Content-Type", ""), answer.read().decode()
    finally:
        connection.close()


def read(gateway: Gateway) -> Metrics:
    status, kind, page = ask(gateway, "GET", "/metrics")
    assert (status, kind) == (200, "text/plain; version=0.0.4; charset=utf-8")
    return parse(page)


def parse(page: str) -> Metrics:
    """Refuse what Prometheus would: samples out of their family, twice, or in no known form."""
    found, family = Metrics(), ""
    assert page.endswith("\n")
    for line in page.splitlines():
        if line.startswith("# HELP "):
            family = line.split(" ", 3)[2]
            assert family not in found.kinds, f"{family} comes twice"
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert (name, kind in KINDS) == (family, True), line
            found.kinds[family] = kind
        else:
            key = sample(line, family, found.kinds[family])
            assert key[0] not in found.values, f"{line} comes twice"
            found.values[key[0]] = key[1]
    check_histograms(found)
    return found


def sample(line: str, family: str, kind: str) -> tuple[tuple[str, Labels], float]:
    match = SAMPLE.fullmatch(line)
    assert match, line
    allowed = {family + suffix for suffix in SUFFIXES.get(kind, ("",))}
    assert match[1] in allowed, f"{match[1]} is not of {family}"
    labels = LABEL.findall(match[2] or "")
    assert LABEL.sub("", match[2] or "") == "", line
    assert len(dict(labels)) == len(labels), line
    return (match[1], frozenset(labels)), float(match[3])


def check_histograms(found: Metrics) -> None:
    """Buckets grow with their bound, and the last one counts all."""
    for name in (name for name, kind in found.kinds.items() if kind == "histogram"):
        rows: dict[Labels, list[tuple[float, float]]] = {}
        for (sample_name, labels), value in found.values.items():
            if sample_name == f"{name}_bucket":
                rest = frozenset(pair for pair in labels if pair[0] != "le")
                bound = float(dict(labels)["le"])
                rows.setdefault(rest, []).append((bound, value))
        for rest, buckets in rows.items():
            counts = [value for _, value in sorted(buckets)]
            assert counts == sorted(counts), name
            assert counts[-1] == found.values[f"{name}_count", rest]
            assert max(buckets)[0] == float("inf")
