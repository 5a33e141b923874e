# Reads requests, one JSON object a line, and answers each with one line. Bytes are text with a character for each.
import json, os, sys, threading, time
import rados


def main(conf, name, keyring=None):
    options = {"keyring": keyring} if keyring else {}
    cluster = rados.Rados(conffile=conf, name=name, conf=options)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints is no answer
    state = {"calls": {}, "next": 0}

    def text(data):
        return (data or b"").decode("latin-1")

    def data(text):
        return text.encode("latin-1")

    def pool():
        if "pool" not in state:
            state["pool"] = cluster.open_ioctx("rbd")
        return state["pool"]

    def connect(request):
        cluster.connect(timeout=60)

    def open_pool(request):
        state["pool"] = cluster.open_ioctx(request["pool"])

    def monitor(request):
        ret, out, said = cluster.mon_command(json.dumps(request["command"]), b"")
        if ret < 0:
            raise rados.OSError(errno=-ret, message=said)
        return text(out)

    def group(request):
        where = {"prefix": "osd map", "pool": "rbd", "object": request["oid"], "format": "json"}
        pgid = json.loads(monitor({"command": where}))["pgid"]
        query = json.dumps({"prefix": "query", "pgid": pgid})
        ret, out, said = cluster.pg_command(pgid, query, b"")
        if ret < 0:
            raise rados.OSError(errno=-ret, message=said)
        return json.loads(out)["info"]["last_update"]

    def execute(request):
        call = [request[part] for part in ("oid", "class", "method")]
        ret, output = pool().execute(*call, data(request["input"]))
        return {"ret": ret, "output": text(output)}

    def begin(request):
        call = {"done": threading.Event()}

        def done(completion, output):
            took = time.monotonic() - call["began"]
            ret = completion.get_return_value()
            # The binding cuts its buffer to what came, but for nothing.
            call["answer"] = (ret, output if ret > 0 else b"", took)
            call["done"].set()

        objects, what = pool(), data(request["input"])
        call["began"] = time.monotonic()
        call["completion"] = objects.aio_execute(
            request["oid"], request["class"], request["method"], what, 4 << 20, oncomplete=done
        )
        state["next"] += 1
        state["calls"][state["next"]] = call
        return state["next"]

    def wait(request):
        call = state["calls"][request["ticket"]]
        if not call["done"].wait(request["seconds"]):
            return {}
        ret, output, took = call["answer"]
        return {"ret": ret, "output": text(output), "took": took}

    def write_full(request):
        pool().write_full(request["oid"], data(request["data"]))

    def remove(request):
        pool().remove_object(request["oid"])

    def whole(request):
        oid = request["oid"]
        size, _ = pool().stat(oid)
        with rados.ReadOpCtx() as operation:
            pairs, _ = pool().get_omap_vals(operation, "", "", 1 << 20)
            pool().operate_read_op(operation, oid)
            omap = list(pairs)
        return {
            "data": text(pool().read(oid, size) if size else b""),
            "xattrs": [(name, text(value)) for name, value in pool().get_xattrs(oid)],
            "omap": [(key, text(value)) for key, value in omap],
        }

    verbs = {
        "connect": connect,
        "pool": open_pool,
        "monitor": monitor,
        "group": group,
        "execute": execute,
        "begin": begin,
        "wait": wait,
        "write_full": write_full,
        "remove": remove,
        "object": whole,
    }
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"ok": verbs[request["do"]](request)}
        except rados.Error as error:
            answer = {"errno": abs(getattr(error, "errno", 0) or 0), "text": str(error)}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
    os._exit(0)


main(*sys.argv[1:])
