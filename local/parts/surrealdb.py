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
            # Who looks for what waits walks over everything deleted that is still in memory.
            # RocksDB's own limits are two times 128 MB: 100,000 events sent, 30 ms a look.
            "SURREAL_ROCKSDB_WRITE_BUFFER_SIZE": str(8 * 1024 * 1024),
            "SURREAL_ROCKSDB_MIN_WRITE_BUFFER_NUMBER_TO_MERGE": "1",
        }

    def healthy(self) -> bool:
        return self._answers("/health")
