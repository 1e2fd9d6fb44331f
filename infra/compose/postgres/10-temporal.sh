#!/bin/sh
# Runs once, when the cluster is made: the role of the Temporal server, which makes its own databases.
set -eu
psql --username "$POSTGRES_USER" --dbname postgres --no-psqlrc --quiet --set ON_ERROR_STOP=1 --set password="$TEMPORAL_PASSWORD" <<'SQL'
create role temporal login createdb password :'password';
SQL
