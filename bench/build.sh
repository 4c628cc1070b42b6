# shellcheck shell=bash disable=SC2034 # Its variables are for the scripts that source it.
# Finds a JDK 25 and builds what is measured. Sourced in the project's folder with the folder $work, it
# sets $java, $flags of the JVM (several words) and $class_path, and exports JAVA_HOME.

# The search is that of the launcher `caviar`.
# Whether the Java under $1 is a JDK 25, which the build needs too: the release file is quicker to
# read than a JVM to start.
is_jdk_25() {
  [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] || return 1
  if [ -r "$1/release" ]; then
    grep -q '^JAVA_VERSION="25[".]' "$1/release"
  else
    "$1/bin/java" -version 2>&1 | grep -q 'version "25[".]'
  fi
}

find_jdk() {
  if [ -n "${JAVA_HOME:-}" ] && is_jdk_25 "$JAVA_HOME"; then
    echo "$JAVA_HOME"
    return
  fi
  on_path=$(command -v java || true)
  if [ -n "$on_path" ]; then
    candidate=$(dirname "$(dirname "$(readlink -f "$on_path" 2>/dev/null || echo "$on_path")")")
    if is_jdk_25 "$candidate"; then
      echo "$candidate"
      return
    fi
  fi
  for candidate in \
    /usr/lib/jvm/* /usr/java/* /opt/java/* /opt/jdk* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home \
    "${HOME:-}"/.sdkman/candidates/java/* "${HOME:-}"/.jdks/* "${HOME:-}"/.local/share/mise/installs/java/*; do
    if is_jdk_25 "$candidate"; then
      echo "$candidate"
      return
    fi
  done
}

jdk=$(find_jdk)
if [ -z "$jdk" ]; then
  echo "no JDK 25 found in JAVA_HOME (${JAVA_HOME:-not set}), on the PATH or in the usual folders." >&2
  echo "install one, or set JAVA_HOME to it." >&2
  exit 1
fi
export JAVA_HOME=$jdk
java=$jdk/bin/java

echo "Building ..." >&2
./mvnw -q -B -pl bench -am -DskipTests -Dformat.skip=true package \
  dependency:build-classpath -Dmdep.outputFile="$work/classpath" -Dmdep.includeScope=runtime
flags=$(sed -n 's|.*<caviar.jvm.flags>\(.*\)</caviar.jvm.flags>.*|\1|p' pom.xml)
# The bench module is built last, so the file has its class path.
class_path=bench/target/classes:$(cat "$work/classpath")
