#!/usr/bin/env bash
# Builds Caviar's images from these sources, tagged "latest" and with the version. The jars are built
# outside of Docker, by the same build as always.
#
#   containers/build.sh            caviar/coordinator, caviar/worker and caviar/cli
#   containers/build.sh worker     one of them
#   containers/build.sh cuda       caviar/worker-cuda: a worker for NVIDIA GPUs, several gigabytes
#
#   CAVIAR_BASE_IMAGE              a Java 25 runtime; eclipse-temurin:25-jre
set -euo pipefail
cd "$(dirname "$0")/.."

package() { ./mvnw -q --batch-mode -am -Dmaven.test.skip=true -Dformat.skip=true "$@" package; }

version=$(sed -n 's:^  <version>\(.*\)</version>:\1:p' pom.xml)
# The old builder where the new one is not installed; it says on its error stream that it is old.
docker buildx version >/dev/null 2>&1 || export DOCKER_BUILDKIT=0

image() {
  local target=$1 image=$2
  docker build --quiet --file containers/Dockerfile --target "$target" \
    --build-arg "BASE_IMAGE=${CAVIAR_BASE_IMAGE:-eclipse-temurin:25-jre}" \
    --tag "$image:latest" --tag "$image:$version" . >/dev/null
  echo "$image:$version"
}

if [ "${1:-}" = cuda ]; then
  package -pl worker -Pcuda
  image worker-cuda caviar/worker-cuda
  exit
fi

images=${1:-coordinator worker cli}
for module in $images; do
  # Libraries of an earlier version would stay.
  rm -rf "$module/target/caviar/lib"
done
# shellcheck disable=SC2086 # several words
package -pl "$(echo $images | tr ' ' ,)"
for image in $images; do
  image "$image" "caviar/$image"
done
