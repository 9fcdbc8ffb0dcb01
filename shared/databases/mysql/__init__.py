"""MySQL and MariaDB through aiomysql."""

from shared.databases.mysql.adapter import MySQL, MySQLTransaction
from shared.databases.mysql.statements import Row

__all__ = ["MySQL", "MySQLTransaction", "Row"]
