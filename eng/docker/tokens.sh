# Sourced by the scripts beside it: the tokens that the local chain carries. The images of the services have no reader of JSON, and the
# file is one line that we write ourselves.
# shellcheck shell=bash

chain=/var/lib/chainexec/chain

# Name and address of each, a line for each.
tokens() { grep -oE '"[A-Z]+":\{"address":"0x[0-9a-fA-F]{40}"' "$chain/tokens.json" | tr -d '"{' | sed 's/:address:/ /'; }
