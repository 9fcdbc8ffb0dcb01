"""How many connections each embedded server takes.

Functions open at most replicas x pool connections, which tests/architecture/test_budget.py adds
up. The rest is for functions that are being replaced, tests and an operator's own client.
"""

POSTGRES = 600
MARIADB = 300
MONGODB = 800
REDIS = 500
RABBITMQ = 1000

# Open files a process of the installation may need at once: sockets of every function, and a
# broker's segment files.
OPEN_FILES = 4096
MOST_OPEN_FILES = 65536
# What the first start writes: the environment, the packages, empty databases.
DISK_BYTES = 3 * 1024**3
# What a start that installs nothing needs, so that no database meets a full disk at once.
DISK_BYTES_RUNNING = 1024**3
