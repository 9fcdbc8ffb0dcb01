"""SurrealDB for the service like: its engine on RocksDB behind a bridge of our own."""

from local.parts.part import Part


class SurrealDB(Part):
    name = "surrealdb"
    title = "SurrealDB"

    def prepare(self) -> None:
        super().prepare()
        self.account.file(self.folder / "password", self.installation.vault.get("surrealdb"))

    def command(self) -> list[str]:
        bridge = self.installation.checkout / "local" / "surrealdb" / "bridge.mjs"
        return ["node", str(bridge), str(self.folder / "rocks"), "127.0.0.1", str(self.port)]

    def environment(self) -> dict[str, str]:
        return super().environment() | {
            "SURREALDB_USER": "fanfold",
            "SURREALDB_PASSWORD_FILE": str(self.folder / "password"),
        }

    def healthy(self) -> bool:
        return self._answers("/health")
