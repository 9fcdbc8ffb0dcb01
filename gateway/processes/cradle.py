"""Begin the zygote: first the names, then what it imports."""

from gateway.processes.names import together

if __name__ == "__main__":
    names = together()
    from gateway.processes import zygote

    zygote.main()
