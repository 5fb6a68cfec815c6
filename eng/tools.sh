# Sourced by run.sh and test.sh: what the machine must have, installed with apt-get where that is possible.
# shellcheck shell=bash

apt_updated=""

may_install() { command -v apt-get >/dev/null && { ((EUID == 0)) || sudo -n true 2>/dev/null; }; }

as_root() { if ((EUID == 0)); then "$@"; else sudo -n "$@"; fi; }

# apt_install <package...>: the first of the packages that this distribution has.
apt_install() {
  may_install || return 1
  if [[ -z $apt_updated ]]; then
    as_root apt-get update -qq || return 1
    apt_updated=1
  fi
  local package
  for package in "$@"; do
    apt-cache show "$package" >/dev/null 2>&1 || continue
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package"
    return
  done
  return 1
}

has_dotnet() { dotnet --list-sdks 2>/dev/null | grep -q '^10\.'; }

has_node() { command -v npm >/dev/null && [[ "$(node -p 'process.versions.node.split(".")[0] >= 20' 2>/dev/null)" == true ]]; }

# ldconfig is not on the PATH of ordinary users.
has_secp256k1() { PATH="$PATH:/usr/sbin:/sbin" ldconfig -p 2>/dev/null | grep -q 'libsecp256k1\.so\.1 '; }

# Prints the folder of the newest PostgreSQL server, 15 or newer: Debian's versioned folders first, then PATH.
postgres_bin() {
  local folder version
  for folder in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -rn) "$(dirname "$(command -v initdb || echo /none)")"; do
    [[ -x $folder/initdb && -x $folder/postgres && -x $folder/psql ]] || continue
    version="$("$folder/postgres" --version | grep -oE '[0-9]+' | head -n 1)"
    ((version >= 15)) && { printf '%s' "$folder"; return 0; }
  done
  return 1
}

has_postgres() { postgres_bin >/dev/null; }

# Debian's package also creates a cluster of its own and starts it; nobody asked for that one.
install_postgres() {
  apt_install postgresql-common || return 1
  local no_cluster=/etc/postgresql-common/createcluster.d/chainexec.conf result=0
  as_root mkdir -p "$(dirname "$no_cluster")"
  printf 'create_main_cluster = false\n' | as_root tee "$no_cluster" >/dev/null
  apt_install postgresql || result=1
  as_root rm -f "$no_cluster"
  return $result
}

# require <what is missing> <check> <how to get it> <install command...>
require() {
  local what="$1" check="$2" how="$3"
  shift 3
  "$check" && return 0
  (($# > 0)) && "$@" && "$check" && return 0
  printf 'MISSING: %s. %s\n' "$what" "$how" >&2
  return 1
}

# All tools, each missing one with its own line before this fails.
require_tools() {
  local missing=0
  require '.NET SDK 10' has_dotnet 'Install the package dotnet-sdk-10.0, or follow the download page of .NET.' \
    apt_install dotnet-sdk-10.0 || missing=1
  require 'Node.js 20 or newer with npm' has_node 'Install it from https://nodejs.org/en/download.' || missing=1
  require 'libsecp256k1.so.1' has_secp256k1 'As root: apt-get install libsecp256k1-1.' apt_install libsecp256k1-1 || missing=1
  if [[ -z ${CHAINEXEC_DATABASE:-} || ${1:-} == with-postgres ]]; then
    require 'PostgreSQL server 15 or newer' has_postgres 'As root: apt-get install postgresql.' install_postgres || missing=1
  fi
  return $missing
}
