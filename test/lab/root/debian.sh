# Finishes the Debian root from inside: no Python, nothing that a role must start, the login ops, the local apt repository.
export LC_ALL=C

# No host has Python: tsrun needs none, and here it shows.
cd /build
rm -f ./*python*.deb
for name in xfsprogs nfs-common; do
  dpkg-deb --raw-extract "$name"_*.deb tree
  rm "$name"_*.deb
  sed -i 's/, python3[^,]*//; s/: python3[^,]*, /: /' tree/DEBIAN/control
  dpkg-deb --build tree "$name.deb" >/dev/null
  rm -r tree
done
dpkg --install ./*.deb >/dev/null
cd /
rm -r /build

# The host's own: the lab gives each host its keys, its id and its name; no host may reach this machine's mirror.
rm -f /etc/ssh/ssh_host_*_key* /etc/apt/sources.list /etc/resolv.conf /etc/hostname
: >/etc/machine-id
printf '127.0.0.1 localhost\n::1 localhost ip6-localhost\n' >/etc/hosts

# Roles start these; until then a host is as bare as a fresh machine.
systemctl disable docker.service docker.socket containerd.service docker-registry.service nfs-server.service \
  rpcbind.socket rpcbind.service
# Can not work in a container: no device events, no console, no nfsd and no rpc_pipefs in the kernel, nothing to clean weekly.
systemctl mask getty@tty1.service console-getty.service systemd-pstore.service systemd-udevd.service \
  dev-hugepages.mount sys-kernel-debug.mount sys-kernel-tracing.mount sys-fs-fuse-connections.mount \
  run-rpc_pipefs.mount nfs-blkmap.service nfs-idmapd.service nfsdcld.service \
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service

useradd --create-home --shell /bin/bash ops
chmod 755 /etc/systemd/system-generators/*

# Two versions of one package, so that `state: latest` and a pinned version have something to choose from.
for version in 1.0-1 1.1-1; do
  mkdir -p /build/DEBIAN /build/usr/share/lab-sample
  printf 'Package: lab-sample\nVersion: %s\nArchitecture: all\nMaintainer: tsrun lab <lab@localhost>\nDescription: two versions for tests\n' \
    "$version" >/build/DEBIAN/control
  echo "$version" >/build/usr/share/lab-sample/version
  dpkg-deb --root-owner-group --build /build "/srv/apt/lab-sample_${version}_all.deb" >/dev/null
  rm -r /build
done

cd /srv/apt
for deb in *.deb; do
  dpkg-deb --field "$deb"
  printf 'Filename: ./%s\nSize: %s\nSHA256: %s\n\n' "$deb" "$(stat -c %s "$deb")" "$(sha256sum "$deb" | cut -d' ' -f1)"
done >Packages
echo 'deb [trusted=yes] file:/srv/apt ./' >/etc/apt/sources.list.d/lab.list
apt-get update >/dev/null
