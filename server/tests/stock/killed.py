"""Writes while the server is killed again and again: each write must be there once, in order, and be answered as when it was first
executed. Says how far it is, and ends when the file `stop` is there."""

import errno
import os

import rados

# A client finds a server that is back at once, and not after seconds.
QUICK = {
    "mon_client_hunt_interval": "0.2",
    "ms_initial_backoff": "0.02",
    "ms_max_backoff": "0.1",
    "rados_osd_op_timeout": "60",
    "rados_mon_op_timeout": "60",
}

with rados.Rados(conffile="", conf=QUICK) as cluster, cluster.open_ioctx("rbd") as ioctx:
    wrong = []

    def answered(what, number, completion):
        completion.wait_for_complete()
        result = completion.get_return_value()
        # The second creation fails, and failed when it was executed.
        if result != (-errno.EEXIST if what == "create again" else 0):
            wrong.append(f"{what} {number} answered {result}")
        if what == "append" and number % 20 == 0:
            print("at", number, flush=True)

    def exclusively(number):
        with rados.WriteOpCtx() as op:
            op.new(rados.LIBRADOS_CREATE_EXCLUSIVE)
            op.append(b"%d" % number)
            return ioctx.operate_aio_write_op(op, f"new {number}")

    ioctx.write_full("log", b"")
    pending, number = [], 0
    while not os.path.exists("stop"):
        pending.append(("append", number, ioctx.aio_append("log", b"%d\n" % number)))
        pending.append(("create", number, exclusively(number)))
        pending.append(("create again", number, exclusively(number // 2)))
        number += 1
        while len(pending) > 24:
            answered(*pending.pop(0))
    for each in pending:
        answered(*each)
    log = b""
    while piece := ioctx.read("log", length=1 << 20, offset=len(log)):
        log += piece
    if log != b"".join(b"%d\n" % each for each in range(number)):
        wrong.append("the log has what was appended not once each, or not in order")
    for each in range(number):
        if ioctx.read(f"new {each}") != b"%d" % each:
            wrong.append(f"new {each} was written twice or not")
    print("wrong" if wrong else "ok", number, wrong[:5], flush=True)
