"""MongoDB through motor."""

from shared.databases.mongo.adapter import Mongo, MongoTransaction
from shared.databases.mongo.collection import Collection, Document

__all__ = ["Collection", "Document", "Mongo", "MongoTransaction"]
