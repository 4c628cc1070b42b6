#!/usr/bin/env bash
# Sees to it that there is a Docker engine and that it has the images Caviar's are built on and run
# beside. It does nothing where both are there, as on most people's machines.
#
#   No engine:  on Debian and its kin, as root, it installs docker.io and starts dockerd, which goes on
#               when this script ends.
#   No image:   it is pulled. Where no registry is reached, a stand-in is made from Debian's packages
#               and the JDK 25 of this machine, and takes the image's name.
#
#   CAVIAR_BASE_IMAGE      eclipse-temurin:25-jre
#   CAVIAR_POSTGRES_IMAGE  postgres:17
set -euo pipefail
cd "$(dirname "$0")"

base_image=${CAVIAR_BASE_IMAGE:-eclipse-temurin:25-jre}
postgres_image=${CAVIAR_POSTGRES_IMAGE:-postgres:17}
# Its PostgreSQL is 17, as the image's name says.
debian=trixie
rootfs_image=caviar-stand-in/debian:$debian

say() { echo "engine: $*" >&2; }
fail() { say "$@"; exit 1; }

engine_answers() { timeout 20 docker info >/dev/null 2>&1; }
has_image() { docker image inspect "$1" >/dev/null 2>&1; }

need_root_and_apt() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null ||
    fail "$1, and only root on Debian or its kin can be helped by this script"
}

# Debian's names of the packages that bring these commands.
install() {
  say "installing $*"
  apt-get update -q >/dev/null
  DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends "$@" >/dev/null
}

start_engine() {
  need_root_and_apt "no Docker engine answers"
  if ! command -v dockerd >/dev/null; then
    install docker.io docker-compose iptables iproute2 ca-certificates
  fi
  local log=${TMPDIR:-/tmp}/caviar-dockerd.log
  say "starting dockerd; its log is $log"
  # Debian starts it by its service manager where there is one.
  engine_answers && return
  setsid nohup dockerd >"$log" 2>&1 </dev/null &
  for _ in $(seq 60); do
    engine_answers && return
    sleep 1
  done
  tail -n 20 "$log" >&2
  fail "dockerd has not answered for 60 s"
}

# A registry's front page answers 200, or 401 to who has not said who they are. Asked once.
registry=
registry_reached() {
  if [ -z "$registry" ]; then
    case $(curl -s -m 5 -o /dev/null -w '%{http_code}' https://registry-1.docker.io/v2/ || true) in
      200 | 401) registry=yes ;;
      *) registry=no ;;
    esac
  fi
  [ "$registry" = yes ]
}

# The JDK 25 whose Java the stand-in runs. An image without jmods can still be linked (JEP 493), but
# not with the tools that link.
find_jdk_25() {
  local candidate
  for candidate in "${JAVA_HOME:-}" /usr/lib/jvm/* /opt/java/* /opt/jdk* "$HOME"/.sdkman/candidates/java/*; do
    if [ -x "$candidate/bin/jlink" ] && grep -qs '^JAVA_VERSION="25[".]' "$candidate/release"; then
      echo "$candidate"
      return
    fi
  done
  fail "no JDK 25 with jlink was found in JAVA_HOME or in the usual folders"
}

work=
clean_up() { [ -z "$work" ] || rm -rf "$work"; }
trap clean_up EXIT

# What eclipse-temurin and postgres have of a distribution: certificates, curl, and what native
# libraries link to.
make_rootfs_image() {
  has_image "$rootfs_image" && return
  need_root_and_apt "$rootfs_image is missing"
  command -v debootstrap >/dev/null || install debootstrap
  say "no registry is reached: making $rootfs_image"
  debootstrap --variant=minbase \
    --include=ca-certificates,curl,libgomp1,libstdc++6,procps,tini,gosu \
    "$debian" "$work/rootfs" >"$work/debootstrap.log" 2>&1 || {
    tail -n 20 "$work/debootstrap.log" >&2
    fail "debootstrap of $debian failed"
  }
  rm -rf "$work"/rootfs/var/cache/apt/archives/*.deb
  tar -C "$work/rootfs" -c . | docker import - "$rootfs_image" >/dev/null
  rm -rf "$work/rootfs"
}

make_base_image() {
  make_rootfs_image
  say "no registry is reached: making $base_image"
  local jdk modules
  jdk=$(find_jdk_25)
  modules=$("$jdk/bin/java" --list-modules | sed 's/@.*//' | grep -vx -e jdk.jlink -e jdk.jpackage | paste -sd,)
  mkdir -p "$work/base"
  "$jdk/bin/jlink" --add-modules "$modules" --strip-debug --no-man-pages --no-header-files \
    --generate-cds-archive --output "$work/base/openjdk" >/dev/null
  docker build -q -t "$base_image" -f - "$work/base" >/dev/null <<DOCKERFILE
FROM $rootfs_image
ENV JAVA_HOME=/opt/java/openjdk PATH=/opt/java/openjdk/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8
COPY openjdk /opt/java/openjdk
DOCKERFILE
}

make_postgres_image() {
  make_rootfs_image
  say "no registry is reached: making $postgres_image"
  # The host's network, because a bridge has no way out on every machine.
  docker build -q --network host -t "$postgres_image" \
    --build-arg "BASE_IMAGE=$rootfs_image" postgres-stand-in >/dev/null
}

provide() {
  local image=$1 make=$2
  has_image "$image" && return
  if registry_reached && docker pull -q "$image" >/dev/null; then
    return
  fi
  "$make"
}

engine_answers || start_engine
work=$(mktemp -d)
# The legacy builder, which needs no plugin.
export DOCKER_BUILDKIT=0
provide "$base_image" make_base_image
provide "$postgres_image" make_postgres_image
