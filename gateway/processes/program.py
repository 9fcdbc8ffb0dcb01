"""What a forked process does to become the program that was ordered."""

import importlib
import os
import runpy
import sys

from gateway.processes import noting


def take_streams(output: int) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(nothing)
    os.close(output)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr] # a text stream


def be_told(variables: dict[str, str], listener: int) -> None:
    notes = variables.pop(noting.VARIABLE, "")
    if notes:
        name = f"{variables['OPENFAAS_NAME']}.{variables['OPENFAAS_NAMESPACE']}"
        service, operation = (variables.get(part, "") for part in ("SERVICE", "OPERATION"))
        noting.begin(name, notes, service, operation)
    # The process begins here: what it reads of its environment is what its deployment said.
    environ = os.environ  # noqa: TID251 - written, not read
    environ.clear()
    # One by one: `update` asks every abstract class there is, and copies a MB of shared pages.
    for name, value in variables.items():
        environ[name] = value
    environ["FANFOLD_LISTEN_FD"] = str(listener)


def stand_by(name: str) -> None:
    """Have the module get ready for whatever it will be told to be, if it can."""
    prepare = getattr(sys.modules.get(name), "stand_by", None)
    if prepare is not None:
        prepare()


def start(name: str) -> None:
    """Run the module as a program: its `main`, or all of it."""
    sys.argv = [name]
    module = importlib.import_module(name)
    if hasattr(module, "main"):
        sys.exit(module.main())
    runpy.run_module(name, run_name="__main__", alter_sys=True)


def exit_code(stop: SystemExit) -> int:
    if stop.code is None:
        return 0
    if isinstance(stop.code, int):
        return stop.code
    sys.stderr.write(f"{stop.code}\n")
    return 1
