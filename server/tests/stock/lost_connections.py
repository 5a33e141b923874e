"""Appends while the client's own connections are cut under it: each must be there once, in order."""

import os
import random
import socket
import threading
import time

import rados

APPENDS = 600
CUTS = 12
# A fast machine has written all before enough connections were cut, so the appends go on until they were.
MOST_APPENDS = 60_000


def cut_connections(ended):
    """Shuts down the sockets of this process, again and again; counts those that were connected."""
    while not ended.is_set():
        time.sleep(random.uniform(0.01, 0.05))
        for name in os.listdir("/proc/self/fd"):
            try:
                if not os.readlink(f"/proc/self/fd/{name}").startswith("socket:"):
                    continue
                with socket.socket(fileno=os.dup(int(name))) as connection:
                    connection.getpeername()
                    connection.shutdown(socket.SHUT_RDWR)
                    ended.cut += 1
            except OSError:
                pass


with rados.Rados(conffile="") as cluster, cluster.open_ioctx("rbd") as ioctx:
    ioctx.write_full("log", b"")
    ended = threading.Event()
    ended.cut = 0
    cutter = threading.Thread(target=cut_connections, args=(ended,))
    cutter.start()
    pending = []
    number = 0
    while number < APPENDS or (ended.cut < CUTS and number < MOST_APPENDS):
        pending.append(ioctx.aio_append("log", b"%d\n" % number))
        number += 1
        if len(pending) == 16:
            pending.pop(0).wait_for_complete()
    for completion in pending:
        completion.wait_for_complete()
        assert completion.get_return_value() == 0
    ended.set()
    cutter.join()
    assert ended.cut >= CUTS, ended.cut
    wanted = b"".join(b"%d\n" % each for each in range(number))
    found = ioctx.read("log", length=1 << 20)
    assert found == wanted, (len(found), len(wanted))
    print("ok")
