"""The session Radula was founded for."""

import rados

with rados.Rados(conffile="") as cluster, cluster.open_ioctx("rbd") as ioctx:
    ret, output = ioctx.execute("oid", "hellolua", "say_hello", b"Ceph")
    print(output.decode())
