#!/usr/bin/env bash
# For developers, as root on Debian: proves that a machine which has none of our system
# packages gets from a clone to a served page and to green tests by the two commands.
#
#   scripts/fresh_machine.sh REPOSITORY [--no-node]
#
# It lays an overlay over this machine's file system (nothing is written below it), purges
# PostGIS, the browser, the fonts and gettext in there (--no-node: node too), empties
# the caches, clones REPOSITORY, and times `make run`, the page, `make stop` and `make test`.
# A machine that was used before hides a missing install step; this one does not.
#
# Mounts and processes live in namespaces of their own and end with them. Nothing here deletes
# a tree, and /dev is a small one of its own: an `rm -rf` over a bind mount of the real /dev
# once emptied that one.
set -euo pipefail

repository=$(realpath "${1:?usage: scripts/fresh_machine.sh REPOSITORY [--no-node]}")
purge='postgresql*postgis* libgdal* chromium* fonts-noto-cjk gettext*'
[ "${2:-}" = --no-node ] && purge="$purge nodejs npm"

if [ -z "${CITYPIN_FRESH:-}" ]; then
    work=$(mktemp -d /tmp/citypin-fresh.XXXXXX)
    CITYPIN_FRESH=$work unshare --mount --pid --fork --kill-child "$0" "$@" && code=0 || code=$?
    rmdir "$work" # empty out here: what was mounted on it ended with the namespace
    exit "$code"
fi

work=$CITYPIN_FRESH
[ "$$" = 1 ] || { echo "not in a namespace of its own" >&2; exit 2; }
mount -t tmpfs -o size=8g tmpfs "$work" # overlay wants an upper folder that is no overlay itself
mkdir "$work"/{upper,scratch,root}
mount -t overlay overlay -o "lowerdir=/,upperdir=$work/upper,workdir=$work/scratch" "$work/root"
cd "$work/root"
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t tmpfs -o mode=1777 tmpfs tmp
mount -t tmpfs -o mode=755 tmpfs dev
mkdir dev/pts dev/shm
mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
for node in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
    IFS=: read -r name major minor <<<"$node"
    mknod -m 666 "dev/$name" c "$major" "$minor"
done
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
for stream in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/${stream%:*}" "dev/${stream#*:}"; done
mkdir -p srv/origin
mount --bind -o ro "$repository" srv/origin

cat >srv/prove <<'INSIDE'
set -euo pipefail
timed() {
    local began=$SECONDS
    "$@" && local code=0 || local code=$?
    printf '\n==== %s: code %s after %s s\n\n' "$*" "$code" "$((SECONDS - began))"
    return "$code"
}
without_packages() {
    apt-get purge -y -qq --auto-remove $PURGE >/dev/null 2>&1
    apt-get clean
    rm -rf /var/lib/apt/lists/* ~/.cache/uv ~/.cache/pip ~/.npm
}
timed without_packages
git -c safe.directory='*' clone -q /srv/origin /srv/city
cd /srv/city
echo "PostGIS control files left: $(find /usr/share/postgresql -name 'postgis.control' | wc -l)"
timed make run DETACH=1 PORT="$PROOF_PORT"
timed curl -fsS -o /dev/null "http://127.0.0.1:$PROOF_PORT/"
timed make stop
timed make run DETACH=1 PORT="$PROOF_PORT"
timed make stop
timed make test
INSIDE
PURGE=$purge PROOF_PORT=${PROOF_PORT:-8799} chroot "$work/root" /bin/bash /srv/prove </dev/null
