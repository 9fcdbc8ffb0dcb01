#!/bin/sh
# Put each piece of the build context where the repository has it: faas-cli lays the service, and
# what `configuration.copy` names, in one folder. Usage: layout.sh <service>, beside `service/`.
set -eu
mkdir -p functions
mv service "functions/$1"
mv "functions/$1/shared" "functions/$1/proto" "functions/$1/frontend" .
rm -f "functions/$1/pyproject.toml" "functions/$1/requirements.lock"
