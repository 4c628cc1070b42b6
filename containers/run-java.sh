#!/bin/sh
# Runs a main class of Caviar's as the container's first process, so that SIGTERM reaches it, with
# flags that fit the container.
#   run-java MAIN_CLASS [ARGUMENT...]
#   CAVIAR_HEAP_PERCENT  how much of the container's memory the Java heap may take
#   CAVIAR_GC            the garbage collector's flag; the JVM's own choice if not set
#   CAVIAR_JAVA_OPTS     more options for the JVM, for example -Xmx8g
set -eu

# The memory this container may use, in bytes; the machine's where there is no limit. Version 1 of
# cgroups says "no limit" by a number larger than any machine.
machine=$(($(sed -n 's/^MemTotal: *\([0-9]*\) kB$/\1/p' /proc/meminfo) * 1024))
limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null \
  || cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null \
  || echo max)
case $limit in
  max | ???????????????????) limit=$machine ;;
esac
if [ "$limit" -gt "$machine" ]; then limit=$machine; fi

# A service's log goes to where the container's output goes; the command line has its own.
log=/opt/caviar/etc/logback.xml
if [ -f "$log" ]; then log=-Dlogback.configurationFile=$log; else log=; fi

# The flags of pom.xml's caviar.jvm.flags. javacpp counts the whole process, the heap included: it
# refuses an allocation at nine tenths, which is an error that can be read, before the kernel kills.
# shellcheck disable=SC2086 # CAVIAR_JAVA_OPTS is several words, the others may be none.
exec java \
  --enable-native-access=ALL-UNNAMED \
  --sun-misc-unsafe-memory-access=allow \
  --add-modules=jdk.incubator.vector \
  -Dorg.bytedeco.javacpp.maxphysicalbytes=$((limit / 10 * 9)) \
  -XX:MaxRAMPercentage="${CAVIAR_HEAP_PERCENT:-50}" \
  -XX:+ExitOnOutOfMemoryError \
  $log \
  ${CAVIAR_GC:-} \
  ${CAVIAR_JAVA_OPTS:-} \
  -cp "/opt/caviar/lib/*" \
  "$@"
