# Makes WORK/mytopling-VERSION.tar.gz (bin, lib, libexec, share) of the packages under WORK/apt, and prints the version.
set -eu
cd "$1"
rm -rf tree
mkdir tree
for deb in apt/cache/archives/*.deb; do dpkg-deb -x "$deb" tree; done
version=$(dpkg-deb -f apt/cache/archives/mysql-server-core*.deb Version)
version=${version%%-*}
out=mytopling-$version
rm -rf "$out"
mkdir -p "$out/bin" "$out/lib/plugin" "$out/libexec" "$out/share/web"

libs=$(echo "$PWD"/tree/usr/lib/*-linux-gnu*)
loader=$(find "$libs" -maxdepth 1 -name 'ld-linux*' | head -n 1)
cp -L "$loader" "$out/lib/ld.so"
for program in usr/sbin/mysqld usr/bin/mysql usr/bin/mysqladmin usr/bin/mysqldump usr/bin/mysqlbinlog; do
  name=${program##*/}
  cp "tree/$program" "$out/libexec/$name"
  "$loader" --library-path "$libs:$PWD/tree/usr/lib/mysql/private" --list "tree/$program" | sed -n 's/.* => \(\/.*\) (0x.*/\1/p' >>wanted
  # Its own loader and libraries: the host's may be years older.
  cat >"$out/bin/$name" <<'WRAPPER'
#!/bin/sh
self=$(readlink -f "$0")
top=${self%/bin/*}
exec "$top/lib/ld.so" --library-path "$top/lib" "$top/libexec/${self##*/}" "$@"
WRAPPER
  chmod 755 "$out/bin/$name"
done
sort -u wanted | while read -r lib; do cp -L "$lib" "$out/lib/"; done
rm wanted
cp -r tree/usr/share/mysql "$out/share/"
echo '<!doctype html><title>MyTopling</title>' >"$out/share/web/index.html"
strip --strip-unneeded "$out"/libexec/* 2>/dev/null || true
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cf - "$out" | gzip -1n >"$out.tar.gz"
echo "$version"
