"""Calls classes through the clients that `radula class stub` wrote."""

import os

import rados

import echo_client
import lock_client
import refcount_client


def fails(error, call, text):
    try:
        call()
    except error as raised:
        assert text in str(raised), raised
    else:
        raise AssertionError(f"{error} was expected")


cluster = rados.Rados(conffile=os.environ["CEPH_CONF"])
cluster.connect()
ioctx = cluster.open_ioctx("rbd")
ioctx.write_full("o", b"data")

# Everything there is, at its ends.
echo = echo_client.Echo(ioctx, "o")
value = {
    "a": 255,
    "b": 65535,
    "c": 2**32 - 1,
    "d": 2**64 - 1,
    "e": -128,
    "f": -(2**15),
    "g": -(2**31),
    "h": -(2**63),
    "i": True,
    "j": b"\xff\0",
    "k": 5_000_000_006,
    "l": {"type": 8, "num": -4115},
    "m": {"type": 1, "nonce": 7, "sockaddr": bytes([2, 0, 26, 133, 127, 0, 0, 1] + [0] * 8)},
    "n": [{"name": b"x", "n": 1}, {"name": b"", "n": 0}],
    "o": {b"b": {"name": b"1", "n": 2}, b"a": {"name": b"", "n": 3}},
    "p": {300: b"c", 2: b"d"},
    "q": 0,
    "r": None,
    "s": 2**64 - 1,
    "t": -(2**40),
    "u": {"key": b"", "oid": b"o", "snap": 2**64 - 2, "hash": 9, "max": False, "nspace": b"", "pool": -1},
    "v": [({"type": 8, "num": 1}, 5)],
}
inner = {"lambda": 3, "class": b"c"}
answer = echo.all(**value, from_=b"from", self_=inner)
assert answer == {**value, "from": b"from", "self": inner}, answer
# What is missing is 0, empty or absent.
nothing = echo.all()
assert nothing["a"] == 0 and nothing["n"] == [] and nothing["q"] is None and nothing["k"] == 0
assert nothing["self"] == {"lambda": 0, "class": b""}
assert echo.text({"a": [1, None]}) == {"a": [1, None]}
assert echo.list([1, None, 65535]) == [1, None, 65535]
assert echo.for_(b"raw") == b"raw" and echo.a_b(b"raw") == b"raw" and echo.m____(b"raw") == b"raw"

# What does not fit is told with its field, before anything is sent.
fails(ValueError, lambda: echo.all(a=256), "a: 256")
fails(ValueError, lambda: echo.all(n=[{"n": -1}]), "n: n: -1")
fails(TypeError, lambda: echo.all(n=[{"m": 1}]), "n: there is no field 'm'")
fails(echo_client.Malformed, lambda: echo_client._U16.get(echo_client._Bytes(b"\1")), "1 of 2 bytes")
endless = echo_client._Bytes(b"\xff\xff\xff\xff")
fails(echo_client.Malformed, lambda: echo_client._List(echo_client._U8).get(endless), "4294967295 elements in 0 bytes")

# A class of Ceph's, and librados as its other client.
lock = lock_client.Lock(ioctx, "door")
lock.lock(name="l", type=1, cookie="mine", description="test")
info = lock.get_info(name="l")
assert info["type"] == 1 and info["lockers"][0]["id"]["cookie"] == b"mine", info
fails(rados.ObjectExists, lambda: ioctx.lock_exclusive("door", "l", "mine"), "")
fails(rados.ObjectBusy, lambda: ioctx.lock_exclusive("door", "l", "theirs"), "")
ioctx.unlock("door", "l", "mine")
assert lock.get_info(name="l")["lockers"] == []
ioctx.lock_shared("door", "l", "theirs", "tag")
assert lock.list_locks() == {"locks": [b"l"]}
assert lock.get_info(name="l")["tag"] == b"tag"

count = refcount_client.Refcount(ioctx, "o")
count.get(tag="b")
count.get(tag="a")
assert count.read() == {"refs": [b"a", b"b"]}

ioctx.close()
cluster.shutdown()
