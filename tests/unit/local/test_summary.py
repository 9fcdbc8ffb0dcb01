import base64
import subprocess
from pathlib import Path

from local import ports
from local.faas_cli import script, sign_in, variables
from local.installation import CHECKOUT, Installation
from local.summary import summary

CLERK = {
    "CLERK_SECRET_KEY": "sk_test_1",
    "CLERK_PUBLISHABLE_KEY": "pk_test_"
    + base64.b64encode(b"calm-otter-7.clerk.accounts.dev$").decode(),
    "SVIX_SECRET": "whsec_c2VjcmV0",
    "PUBLIC_URL": "https://fan.example/",
}


def installation(folder: Path, **settings: str) -> Installation:
    return Installation(CHECKOUT, folder, ports.fixed({}), settings)


def test_summary_says_where_all_is_and_how_to_get_in(tmp_path: Path) -> None:
    here = installation(tmp_path, GATEWAY_PASSWORD="open sesame")

    assert (
        summary(here, 12.34)
        == f"""
Fanfold is up after 12.3 s.

  Site        http://127.0.0.1:8080/
    sign in   as one of the demo's members; Night Editor is its administrator
  Gateway     http://127.0.0.1:8080
    page      http://127.0.0.1:8080/ui/
    user      admin
    password  open sesame
    metrics   http://127.0.0.1:18112/metrics
  Events      127.0.0.1:18111 (gRPC)
    follow    .venv/bin/python -m event_stream tail --home {tmp_path}
  PostgreSQL  postgresql://post:***@127.0.0.1:18100/post
              postgresql://event:***@127.0.0.1:18100/event
  MariaDB     mysql://comment:***@127.0.0.1:18101/comment
  MongoDB     mongodb://user:***@127.0.0.1:18102/user?authSource=user&replicaSet=fanfold
  SurrealDB   ws://fanfold:***@127.0.0.1:18107/rpc?namespace=fanfold&database=like
  Redis       redis://:***@127.0.0.1:18103/0
  RabbitMQ    amqp://fanfold:***@127.0.0.1:18104/
  Passwords   {tmp_path}/secrets/
  Data        {tmp_path}/

  make status shows every part, make logs follows them, make down stops them.
  For faas-cli, signed in already, type this in a shell:
    . {tmp_path}/faas-cli.sh"""
    )


def test_summary_names_the_webhook_of_a_real_clerk(tmp_path: Path) -> None:
    said = summary(installation(tmp_path, **CLERK), 1.0).splitlines()

    assert said[4] == (
        "    sign in   by Clerk, whose webhooks go to "
        "https://fan.example/function/user-clerk-webhook"
    )


def test_faas_cli_is_pointed_at_the_installation_by_a_shell(tmp_path: Path) -> None:
    here = installation(tmp_path)
    (tmp_path / "openfaas").mkdir()
    sign_in(here)

    names = " ".join(f'"${name}"' for name in variables(here))
    command = f". {script(here)}; printf '%s\\n' {names}"
    shown = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)

    assert shown.stdout.splitlines() == list(variables(here).values())
