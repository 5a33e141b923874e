"""Everything Python's binding offers that the server has, each answer checked."""

import os

import rados


def fails(error, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except error:
        return
    raise AssertionError(f"{call} did not raise {error}")


def data(ioctx):
    ioctx.write("o", b"hello")
    assert ioctx.read("o") == b"hello"
    ioctx.write("o", b"y", 4)
    ioctx.append("o", b"!")
    assert ioctx.read("o") == b"helly!"
    assert ioctx.read("o", length=3, offset=1) == b"ell"
    assert ioctx.read("o", length=9, offset=99) == b""
    assert ioctx.stat("o")[0] == 6
    ioctx.trunc("o", 2)
    assert ioctx.read("o") == b"he"
    ioctx.trunc("o", 4)
    assert ioctx.read("o") == b"he\0\0"
    ioctx.writesame("o", b"ab", 6)
    assert ioctx.read("o") == b"ababab"
    ioctx.cmpext("o", b"abab")
    assert ioctx.cmpext("o", b"abxb") == -(4095 + 2)
    large = os.urandom(5 << 20)
    ioctx.write_full("large", large)
    assert ioctx.read("large", length=8 << 20) == large
    ioctx.remove_object("large")
    fails(rados.ObjectNotFound, ioctx.read, "large")
    fails(rados.ObjectNotFound, ioctx.remove_object, "large")
    fails(rados.ObjectNotFound, ioctx.stat, "large")


def xattrs(ioctx):
    ioctx.set_xattr("o", "by", b"Ada\0")
    assert ioctx.get_xattr("o", "by") == b"Ada\0"
    ioctx.set_xattr("o", "empty", b"")
    assert dict(ioctx.get_xattrs("o")) == {"by": b"Ada\0", "empty": b""}
    ioctx.rm_xattr("o", "empty")
    fails(rados.NoData, ioctx.rm_xattr, "o", "empty")
    fails(rados.NoData, ioctx.get_xattr, "o", "empty")


def omap(ioctx):
    keys = tuple(f"key{number:04}" for number in range(3000))
    values = tuple(key[::-1].encode() for key in keys)
    with rados.WriteOpCtx() as op:
        ioctx.set_omap(op, keys, values)
        ioctx.operate_write_op(op, "map")
    found, after = {}, ""
    while True:
        with rados.ReadOpCtx() as op:
            page, _ = ioctx.get_omap_vals(op, after, "", 5000)
            ioctx.operate_read_op(op, "map")
            entries = list(page)
        if not entries:
            break
        found.update(entries)
        after = entries[-1][0]
    assert found == dict(zip(keys, values)), len(found)
    with rados.ReadOpCtx() as op:
        page, _ = ioctx.get_omap_vals_by_keys(op, ("key0001", "none"))
        ioctx.operate_read_op(op, "map")
        assert dict(page) == {"key0001": b"1000yek"}
    with rados.WriteOpCtx() as op:
        ioctx.remove_omap_keys(op, ("key0001",))
        ioctx.operate_write_op(op, "map")
    with rados.ReadOpCtx() as op:
        page, _ = ioctx.get_omap_keys(op, "key0000", 1)
        ioctx.operate_read_op(op, "map")
        assert [key for key, _ in page] == ["key0002"]
    with rados.WriteOpCtx() as op:
        ioctx.clear_omap(op)
        ioctx.operate_write_op(op, "map")
    with rados.ReadOpCtx() as op:
        page, _ = ioctx.get_omap_keys(op, "", 10)
        ioctx.operate_read_op(op, "map")
        assert list(page) == []


def compound(ioctx):
    with rados.WriteOpCtx() as op:
        op.new(rados.LIBRADOS_CREATE_EXCLUSIVE)
        op.write_full(b"whole")
        op.append(b"!")
        ioctx.operate_write_op(op, "both")
    assert ioctx.read("both") == b"whole!"
    with rados.WriteOpCtx() as op:
        op.write_full(b"gone")
        op.new(rados.LIBRADOS_CREATE_EXCLUSIVE)
        fails(rados.ObjectExists, ioctx.operate_write_op, op, "both")
    assert ioctx.read("both") == b"whole!"
    version = ioctx.get_last_version()
    with rados.WriteOpCtx() as op:
        op.assert_version(version)
        # Both numbers alike: the binding of 16.2 passes them in the wrong order.
        op.zero(2, 2)
        ioctx.operate_write_op(op, "both")
    assert ioctx.read("both") == b"wh\0\0e!"
    assert ioctx.get_last_version() > version
    with rados.WriteOpCtx() as op:
        op.assert_version(version)
        op.remove()
        fails(rados.Error, ioctx.operate_write_op, op, "both")


def classes(ioctx):
    ioctx.execute("calls", "counter", "add", b"2")
    ioctx.execute("calls", "counter", "add", b"3")
    assert ioctx.execute("calls", "counter", "get", b"")[1] == b"5"
    assert ioctx.read("calls") == b"5"
    fails(rados.Error, ioctx.execute, "calls", "counter", "add", b"not a number")
    fails(rados.Error, ioctx.execute, "calls", "counter", "no_such_method", b"")
    fails(rados.Error, ioctx.execute, "calls", "no_such_class", "at_all", b"")
    fails(rados.ObjectNotFound, ioctx.execute, "nowhere", "counter", "get", b"")
    assert ioctx.execute("calls", "counter", "get", b"")[1] == b"5"


def listing(cluster, ioctx):
    names = {f"listed {number}" for number in range(2500)}
    completions = [ioctx.aio_write_full(name, b"x") for name in names]
    for completion in completions:
        completion.wait_for_complete()
        assert completion.get_return_value() == 0
    ioctx.set_namespace("apart")
    ioctx.write_full("elsewhere", b"")
    assert [found.key for found in ioctx.list_objects()] == ["elsewhere"]
    ioctx.set_namespace("")
    found = [found.key for found in ioctx.list_objects() if found.key.startswith("listed")]
    assert len(found) == 2500 and set(found) == names
    ioctx.set_namespace(rados.LIBRADOS_ALL_NSPACES)
    assert "apart" in {found.nspace for found in ioctx.list_objects()}
    ioctx.set_namespace("")
    assert ioctx.get_stats()["num_objects"] > 2500
    assert cluster.get_cluster_stats()["num_objects"] > 2500


def pools(cluster):
    cluster.create_pool("other")
    fails(rados.ObjectExists, cluster.create_pool, "other")
    assert set(cluster.list_pools()) == {"rbd", "other"}
    with cluster.open_ioctx("other") as other:
        other.write_full("o", b"1")
        other.application_enable("app")
        assert other.application_list() == ["app"]
        fails(rados.Error, other.create_snap, "s")
        told = []
        with other.watch("o", lambda *args: told.append(args[-1])):
            assert other.notify("o", "hello")
        assert told == [b"hello"], told
    cluster.delete_pool("other")
    fails(rados.ObjectNotFound, cluster.open_ioctx, "other")
    cluster.create_pool("other")
    with cluster.open_ioctx("other") as other:
        assert list(other.list_objects()) == []
    cluster.delete_pool("other")


with rados.Rados(conffile="") as cluster, cluster.open_ioctx("rbd") as ioctx:
    data(ioctx)
    xattrs(ioctx)
    omap(ioctx)
    compound(ioctx)
    classes(ioctx)
    listing(cluster, ioctx)
    pools(cluster)
    print("ok")
