# Makes the EL face from inside: dnf and rpm, a repository of small rpms, and no trace of apt.
export LC_ALL=C
cd /build
DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ./*.deb >/dev/null
rm ./*.deb
# Until a role starts it, no host has a firewall.
systemctl disable firewalld.service >/dev/null 2>&1
chmod 755 /usr/sbin/grubby

# pack REPOSITORY NAME VERSION RELEASE [SPEC LINE]: one rpm with the files below /build/files/NAME.
pack() {
  mkdir -p "/srv/rpm/$1" "/build/files/$2"
  {
    printf 'Name: %s\nVersion: %s\nRelease: %s\nSummary: %s of the lab\n' "$2" "$3" "$4" "$2"
    printf 'License: Apache-2.0\nAutoReqProv: no\n%s\n%%description\nA small package with the name of an EL 8 one.\n' "${5-}"
    printf '%%install\ncp -a /build/files/%s/. %%{buildroot}/\n%%files\n' "$2"
    (cd "/build/files/$2" && find . ! -type d | sed 's/^\.//')
  } >/build/spec
  rpmbuild -bb --quiet --define "_rpmdir /srv/rpm/$1" --define '__os_install_post %{nil}' --define 'debug_package %{nil}' \
    --define "_topdir /build/top" --define '_build_name_fmt %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm' /build/spec
}

# repository FILE ID ENABLED: one more section of the file that a -release package brings.
repository() {
  mkdir -p "$(dirname "$1")" "/srv/rpm/$2"
  printf '[%s]\nname=%s of the lab\nbaseurl=file:///srv/rpm/%s\ngpgcheck=0\nenabled=%s\n\n' "$2" "$2" "$2" "$3" >>"$1"
}

grep -v '^#' rpms | while read -r repository name version release; do
  case $name in
    bash) pack "$repository" "$name" "$version" "$release" 'Provides: /bin/sh' ;;
    *) pack "$repository" "$name" "$version" "$release" ;;
  esac
done
pack base rocky-release 8.10 1.9.el8 'Provides: system-release = 8.10, system-release(releasever) = 8'

repository files/epel-release/etc/yum.repos.d/epel.repo epel 1
repository files/elrepo-release/etc/yum.repos.d/elrepo.repo elrepo 1
repository files/elrepo-release/etc/yum.repos.d/elrepo.repo elrepo-kernel 0
pack extras epel-release 8 22.el8
pack extras elrepo-release 8.4 2.el8.elrepo

# The kernels are stand-ins: a name in /boot, which grubby (a stand-in too) lists.
mkdir -p files/kernel-core/boot files/kernel-ml/boot
echo stand-in >"files/kernel-core/boot/vmlinuz-4.18.0-553.el8_10.$(uname -m)"
echo stand-in >"files/kernel-ml/boot/vmlinuz-6.15.4-1.el8.elrepo.$(uname -m)"
pack base kernel-core 4.18.0 553.el8_10 'Provides: kernel = 4.18.0-553.el8_10'
pack elrepo-kernel kernel-ml 6.15.4 1.el8.elrepo

# The real exportfs, moved out of Debian's package into the rpm: an EL host has it only once nfs-utils is installed.
mkdir -p files/nfs-utils/usr/sbin files/nfs-utils/usr/lib/systemd/system
cp -p /usr/sbin/exportfs /usr/sbin/rpc.mountd /usr/sbin/rpc.nfsd files/nfs-utils/usr/sbin/
mv /nfs-server.service files/nfs-utils/usr/lib/systemd/system/
dpkg --purge nfs-kernel-server >/dev/null
rm -r /etc/systemd/system/nfs-server.service.d /etc/systemd/system/proc-fs-nfsd.mount.d
mkdir -p /etc/exports.d
: >/etc/exports
pack baseos nfs-utils 2.3.3 59.el8

for folder in /srv/rpm/*; do createrepo_c --quiet "$folder"; done
rpm --initdb
dnf --quiet --assumeyes --releasever=8 --repofrompath=base,file:///srv/rpm/base --repo=base --nogpgcheck install '*' >/dev/null
dnf --quiet makecache
rm -r /srv/rpm/base

# What tells a Debian: dnf and rpm came as Debian packages, from here on nobody can know.
rm -rf /usr/bin/apt* /usr/bin/dpkg* /usr/sbin/dpkg* /etc/apt /etc/dpkg /var/lib/apt /var/lib/dpkg /srv/apt /etc/debian_version /build
