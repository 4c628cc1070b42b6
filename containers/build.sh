#!/usr/bin/env bash
# Builds Caviar's images from these sources: caviar/coordinator, caviar/worker and caviar/cli, tagged
# "latest" and with the version. The jars are built outside of Docker, by the same build as always.
#
#   containers/build.sh [--no-jars]    --no-jars: from the jars that an earlier build left
#   CAVIAR_BASE_IMAGE                  a Java 25 runtime; eclipse-temurin:25-jre
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "${1:-}" != --no-jars ]; then
  ./mvnw -q --batch-mode -pl coordinator,worker,cli -am -Dmaven.test.skip=true -Dformat.skip=true package
fi

version=$(sed -n 's:^  <version>\(.*\)</version>:\1:p' pom.xml)
for image in coordinator worker cli; do
  # The old builder where the new one is not installed.
  if ! docker buildx version >/dev/null 2>&1; then export DOCKER_BUILDKIT=0; fi
  docker build -q --file containers/Dockerfile --target "$image" \
    --build-arg "BASE_IMAGE=${CAVIAR_BASE_IMAGE:-eclipse-temurin:25-jre}" \
    --tag "caviar/$image:latest" --tag "caviar/$image:$version" . >/dev/null
  echo "caviar/$image:$version"
done
