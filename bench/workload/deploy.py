# The workload for pyinfra: the same 20 tasks, once for each part of a host. vars.json is vars.yaml, written by bench/workload.mjs.
import json
from io import StringIO

from pyinfra import host
from pyinfra.facts.files import File
from pyinfra.operations import files, server

with open("vars.json") as source:
    given = json.load(source)


def site(root, mark):
    for name, path, mode in (
        ("docker", "etc/docker", "755"),
        ("data", "srv/data", "750"),
        ("state", "var/lib/app", "755"),
        ("bin", "opt/app/bin", "755"),
    ):
        files.directory(name=f"dir {name}{mark}", path=f"{root}/{path}", mode=mode)
    for name, dest, mode in (
        ("motd", "etc/motd", "644"),
        ("app.conf", "opt/app/app.conf", "640"),
        ("logrotate.conf", "etc/logrotate.app", "644"),
        ("app.sh", "opt/app/bin/app.sh", "755"),
    ):
        files.put(name=f"copy {name}{mark}", src=f"files/{name}", dest=f"{root}/{dest}", mode=mode, create_remote_dir=False)
    for name, dest in (("daemon.json", "etc/docker/daemon.json"), ("exports", "etc/exports"), ("fstab", "etc/fstab")):
        files.template(
            name=f"template {name}{mark}",
            src=f"templates/{name}.j2",
            dest=f"{root}/{dest}",
            mode="644",
            create_remote_dir=False,
            jinja_env_kwargs={"trim_blocks": True},
            inventory_hostname=host.name,
            **given,
        )
    files.line(
        name=f"line sshd_config{mark}",
        path=f"{root}/etc/sshd_config",
        line="^#*PermitRootLogin.*$",
        replace="PermitRootLogin no",
    )
    files.line(name=f"line sysctl{mark}", path=f"{root}/etc/sysctl.conf", line="^vm.swappiness = 10$", replace="vm.swappiness = 10")
    files.line(name=f"line hosts{mark}", path=f"{root}/etc/hosts", line="^10.0.0.5 db.internal$", replace="10.0.0.5 db.internal")
    files.link(name=f"link current{mark}", path=f"{root}/opt/app/current", target=f"{root}/srv/data", create_remote_dir=False)
    files.link(name=f"link app.conf{mark}", path=f"{root}/etc/app.conf", target=f"{root}/opt/app/app.conf", create_remote_dir=False)
    if not host.get_fact(File, path=f"{root}/var/swapfile"):
        server.shell(name=f"command swapfile{mark}", commands=[f"dd if=/dev/zero of={root}/var/swapfile bs=4096 count=64"])
    if not host.get_fact(File, path=f"{root}/var/backup.tar"):
        server.shell(name=f"command backup{mark}", commands=[f"tar -cf {root}/var/backup.tar -C {root}/opt app"])
    marker = f"{root}/var/lib/app/.initialised"
    if not host.get_fact(File, path=marker):
        files.put(
            name=f"write marker when absent{mark}",
            src=StringIO("initialised\n"),
            dest=marker,
            mode="644",
            create_remote_dir=False,
        )
    files.file(name=f"mode swapfile{mark}", path=f"{root}/var/swapfile", mode="600", create_remote_dir=False)


for part in range(host.data.parts):
    root_dir = f"{host.data.hosts_dir}/{host.name}"
    site(root_dir if part == 0 else f"{root_dir}/part-{part}", "" if part == 0 else f" {part}")
