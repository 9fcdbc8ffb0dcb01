"""placeholder"""


def seed(installation, progress):
    pass
