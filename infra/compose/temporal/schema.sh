#!/bin/sh
# Databases and tables of the Temporal server, made or brought up to date; run before each start of the server.
set -eu
schemas=/etc/temporal/schema/postgresql/v12
prepare() {
  temporal-sql-tool --database "$1" create-database
  temporal-sql-tool --database "$1" setup-schema --version 0.0
  temporal-sql-tool --database "$1" update-schema --schema-dir "$schemas/$2/versioned"
}
prepare temporal temporal
prepare temporal_visibility visibility
