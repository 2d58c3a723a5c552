// Which Debian packages stand in the roots, and which wait in their local repositories until a role installs them.

/** In the root of every host. No Python: a target needs none. */
export const debianPackages = `
  systemd systemd-sysv dbus openssh-server sudo opendoas libnss-myhostname ca-certificates
  curl iproute2 iputils-ping kmod procps tar unzip xz-utils less util-linux e2fsprogs
  docker.io docker-registry skopeo
`;

/** Also there, but repacked: they ask for Python for a script that nobody here calls. */
export const repackedPackages = 'xfsprogs nfs-common nfs-kernel-server';

/** On top of it for the EL face: dnf, firewalld, and what builds the rpms of its repository. */
export const elPackages = 'dnf rpm createrepo-c firewalld';

/** In the local apt repository of the Debian hosts, with what they depend on. */
export const repositoryPackages = 'chrony bzip2 libaio1 libgflags2.2 libsnappy1v5 liburing2 libjemalloc2 numactl nftables';
