#!/bin/sh
# Whether this container's worker runs and has a connection to a coordinator. It has no port of its
# own to ask; but all its connections to other machines are to coordinators.
set -eu
# Fields of the table: 3 is the other side's address, 4 the state, 01 if established; ports are
# hexadecimal. 7F is loopback's.
cat /proc/1/net/tcp /proc/1/net/tcp6 2>/dev/null | awk '
  $4 == "01" && $3 !~ /^0100007F:/ && $3 !~ /^00000000000000000000000001000000:/ && $3 !~ /^0000000000000000FFFF00000100007F:/ { found = 1 }
  END { exit !found }'
