import json
import struct


class Malformed(ValueError):
    """An answer that is not what its type says."""


class _Bytes:
    """Bytes that are read from front to back."""

    def __init__(self, data):
        self.data, self.at, self.end = bytes(data), 0, len(data)

    def take(self, count):
        left = self.end - self.at
        if count > left:
            raise Malformed(f"{left} of {count} bytes")
        self.at += count
        return self.data[self.at - count : self.at]

    def count(self, element):
        """A count of elements, of which each takes at least `element.least` bytes."""
        count = _U32.get(self)
        if count * element.least > self.end - self.at:
            raise Malformed(f"{count} elements in {self.end - self.at} bytes")
        return count


class _Int:
    def __init__(self, form):
        self.form = struct.Struct("<" + form)
        self.least = self.form.size

    def put(self, value, out):
        try:
            out += self.form.pack(value or 0)
        except struct.error as error:
            raise ValueError(f"{value!r}: {error}") from None

    def get(self, data):
        return self.form.unpack(data.take(self.least))[0]


class _Varint:
    """Seven bits a byte, lowest first; with the sign in the lowest bit if it is signed."""

    least = 1

    def __init__(self, signed):
        self.signed = signed

    def put(self, value, out):
        value = value or 0
        if self.signed:
            value = abs(value) << 1 | (value < 0)
        if not 0 <= value < 1 << 64:
            raise ValueError("a varint has at most 64 bits")
        while value > 0x7F:
            out.append(value & 0x7F | 0x80)
            value >>= 7
        out.append(value)

    def get(self, data):
        value = shift = 0
        while True:
            byte = data.take(1)[0]
            value |= (byte & 0x7F) << shift
            if value >> 64 or shift > 63:
                raise Malformed("a varint of more than 64 bits")
            if byte < 0x80:
                break
            shift += 7
        if not self.signed:
            return value
        return -(value >> 1) if value & 1 else value >> 1


class _Bool:
    least = 1

    def put(self, value, out):
        out.append(1 if value else 0)

    def get(self, data):
        return data.take(1)[0] != 0


class _Str:
    """Bytes behind their length; text is written as UTF-8."""

    least = 4

    def put(self, value, out):
        value = value.encode() if isinstance(value, str) else bytes(value or b"")
        _U32.put(len(value), out)
        out += value

    def get(self, data):
        return data.take(_U32.get(data))


class _Time:
    """Nanoseconds since 1970."""

    least = 8

    def put(self, value, out):
        seconds, nanoseconds = divmod(value or 0, 1_000_000_000)
        _U32.put(seconds, out)
        _U32.put(nanoseconds, out)

    def get(self, data):
        seconds = _U32.get(data)
        return seconds * 1_000_000_000 + _U32.get(data)


class _Addr:
    """An address: a dict with type, nonce and sockaddr, whose family has the order of the host."""

    least = 1

    def put(self, value, out):
        _U8.put(1, out)
        _ADDR.put(value, out)

    def get(self, data):
        form = _U8.get(data)
        if form == 1:
            return _ADDR.get(data)
        if form != 0:
            raise Malformed(f"an address of unknown form {form}")
        data.take(3)
        nonce = _U32.get(data)
        storage = data.take(128)
        family = struct.unpack(">H", storage[:2])[0]
        length = 16 if family == 2 else 28
        sockaddr = struct.pack("<H", family) + storage[2:length]
        return {"type": int(family != 0), "nonce": nonce, "sockaddr": sockaddr}


class _List:
    least = 4

    def __init__(self, element):
        self.element = element

    def put(self, value, out):
        value = value or ()
        _U32.put(len(value), out)
        for one in value:
            self.element.put(one, out)

    def get(self, data):
        return [self.element.get(data) for _ in range(data.count(self.element))]


class _Map:
    """A dict; it is written in the order of its keys."""

    least = 4

    def __init__(self, key, value):
        self.key, self.value = key, value
        self.element = _Struct(None, [("key", key, 0), ("value", value, 0)])

    def put(self, value, out):
        entries = {}
        for key, one in (value or {}).items():
            entries[key.encode() if isinstance(key, str) else key] = one
        _U32.put(len(entries), out)
        for key in sorted(entries):
            self.key.put(key, out)
            self.value.put(entries[key], out)

    def get(self, data):
        found = {}
        for _ in range(data.count(self.element)):
            key = self.key.get(data)
            found[key] = self.value.get(data)
        return found


class _Pairs(_Map):
    """A map whose keys no dict takes: a list of pairs of key and value, written as it stands."""

    def put(self, value, out):
        value = value or ()
        _U32.put(len(value), out)
        for key, one in value:
            self.key.put(key, out)
            self.value.put(one, out)

    def get(self, data):
        return [
            (self.key.get(data), self.value.get(data))
            for _ in range(data.count(self.element))
        ]


class _Optional:
    least = 1

    def __init__(self, of):
        self.of = of

    def put(self, value, out):
        _U8.put(0 if value is None else 1, out)
        if value is not None:
            self.of.put(value, out)

    def get(self, data):
        return self.of.get(data) if _U8.get(data) else None


class _Struct:
    """A dict by field; `head` is version and compatible version, or None. What is missing is written as 0, empty or absent."""

    def __init__(self, head, fields):
        self.head, self.fields = head, fields
        self.names = {name for name, _, _ in fields}
        self.least = 6 if head else sum(of.least for _, of, _ in fields)

    def put(self, value, out):
        value = {} if value is None else value
        for name in value:
            if name not in self.names:
                raise TypeError(f"there is no field {name!r}")
        inner = bytearray() if self.head else out
        for name, of, _ in self.fields:
            try:
                of.put(value.get(name), inner)
            except (ValueError, TypeError) as error:
                raise type(error)(f"{name}: {error}") from None
        if self.head:
            out += bytes(self.head)
            _U32.put(len(inner), out)
            out += inner

    def get(self, data):
        if not self.head:
            return {name: of.get(data) for name, of, _ in self.fields}
        version, compat = data.take(2)
        if compat > self.head[0]:
            raise Malformed(f"written for readers of version {compat}")
        inner = _Bytes(data.take(_U32.get(data)))
        return {
            name: of.get(inner) if version >= since else _nothing(of)
            for name, of, since in self.fields
        }


def _nothing(of):
    """The value of a field that the writer did not know."""
    out = bytearray()
    of.put(None, out)
    return of.get(_Bytes(out))


class _Json:
    def put(self, value, out):
        out += json.dumps(value).encode()

    def get(self, data):
        return json.loads(data.data)


_U8, _U16, _U32, _U64 = _Int("B"), _Int("H"), _Int("I"), _Int("Q")
_I8, _I16, _I32, _I64 = _Int("b"), _Int("h"), _Int("i"), _Int("q")
_VARINT, _SVARINT = _Varint(False), _Varint(True)
_BOOL, _STR, _TIME, _JSON = _Bool(), _Str(), _Time(), _Json()
_ADDR = _Struct((1, 1), [("type", _U32, 0), ("nonce", _U32, 0), ("sockaddr", _STR, 0)])
_ADDRESS = _Addr()
