# Sourced by run.sh: a private PostgreSQL cluster that is kept between runs. Uses $home, $pids, $logs.
# shellcheck shell=bash

# PostgreSQL refuses to run as root: then its programs run as the user `postgres`, which the package creates.
as_server_user() {
  if ((EUID == 0)); then
    (cd / && setpriv --reuid=postgres --regid=postgres --init-groups -- "$@")
  else
    "$@"
  fi
}

# Where the cluster lives is remembered: a clone under /root cannot be reached by the user `postgres`, so another folder is taken then.
choose_data_folder() {
  if [[ -f $home/postgres.folder ]]; then
    pg_data="$(<"$home/postgres.folder")"
    return
  fi
  pg_data="$home/postgres"
  if ((EUID == 0)) && ! as_server_user test -x "$home"; then
    pg_data="/var/lib/chainexec/$(printf '%s' "$home" | sha256sum | cut -c1-16)/postgres"
  fi
  printf '%s\n' "$pg_data" >"$home/postgres.folder"
}

create_cluster() {
  [[ -f $pg_data/PG_VERSION ]] && return
  # A folder without a version is an initdb that was interrupted.
  rm -rf "$pg_data"
  mkdir -p "$pg_data"
  chmod 700 "$pg_data"
  ((EUID == 0)) && chown postgres:postgres "$pg_data"
  as_server_user "$pg_bin/initdb" -D "$pg_data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-instructions
}

start_postgres() {
  local user=()
  ((EUID == 0)) && user=(--reuid=postgres --regid=postgres --init-groups)
  pg_port="$(free_port "${CHAINEXEC_PG_PORT:-$(cat "$home/postgres.port" 2>/dev/null || echo 0)}")"
  [[ -z ${CHAINEXEC_PG_PORT:-} || $pg_port == "$CHAINEXEC_PG_PORT" ]] || { say "port $CHAINEXEC_PG_PORT is taken"; return 1; }
  printf '%s\n' "$pg_port" >"$home/postgres.port"
  local attempt
  # After a kill -9 the old backends hold the shared memory for a moment.
  for attempt in 1 2 3 4 5 6 7 8 9 10; do
    # SIGINT is PostgreSQL's fast shutdown.
    launch postgres INT "$logs/postgres.log" "${user[@]}" -- env -C / "$pg_bin/postgres" -D "$pg_data" -p "$pg_port" \
      -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=on -c max_connections=200 -c timezone=UTC
    wait_until 30 postgres_ready_or_gone || return 1
    running postgres && return 0
    sleep 1
  done
  tail -n 5 "$logs/postgres.log"
  return 1
}

postgres_ready_or_gone() { not_running postgres || "$pg_bin/pg_isready" -q -h 127.0.0.1 -p "$pg_port" -U postgres; }

create_database() {
  local psql=("$pg_bin/psql" -X -q -h 127.0.0.1 -p "$pg_port" -U postgres)
  [[ "$("${psql[@]}" -At -c "select count(*) from pg_database where datname = 'chainexec'")" == 1 ]] \
    || "${psql[@]}" -c 'create database chainexec'
}

# Sets database_admin and database_app: from CHAINEXEC_DATABASE (an administrator's connection string), else the private cluster.
prepare_database() {
  if [[ -n ${CHAINEXEC_DATABASE:-} ]]; then
    database_admin="$CHAINEXEC_DATABASE"
    # The services connect with their own role; the first of the two spellings that Npgsql knows is replaced.
    database_app="$(sed -E 's/(^|;) *(Username|User ?Id|User) *=[^;]*//I; s/$/;Username=ce_app/' <<<"$CHAINEXEC_DATABASE")"
    return
  fi
  pg_bin="$(postgres_bin)"
  choose_data_folder
  step 'PostgreSQL: cluster' "$logs/postgres.log" create_cluster
  step 'PostgreSQL: start' "$logs/postgres.log" start_postgres
  step 'PostgreSQL: database' "$logs/postgres.log" create_database
  database_admin="Host=127.0.0.1;Port=$pg_port;Database=chainexec;Username=postgres"
  database_app="Host=127.0.0.1;Port=$pg_port;Database=chainexec;Username=ce_app"
}
