-- the string library, patterns, packing, utf8, comparison

assert(("abc"):upper() == "ABC" and ("ABC"):lower() == "abc" and ("abc"):reverse() == "cba")
assert(("x"):rep(3) == "xxx" and ("x"):rep(3, ",") == "x,x,x" and ("x"):rep(0) == "" and (""):rep(5) == "")
assert(("hello"):sub(2, -2) == "ell" and ("hello"):sub(-3) == "llo" and ("hello"):sub(9) == "")
assert(("hello"):byte() == 104 and select("#", ("hello"):byte(1, -1)) == 5 and string.char(104, 105) == "hi")
assert(#"a\0b" == 3 and "\x41\65\u{41}\z
        A" == "AAAA")

assert(("hello world"):find("wor") == 7 and ("a.b"):find(".", 1, true) == 2 and ("abc"):find("b", 3) == nil)
assert(("aXbXc"):find("X", 3) == 4 and ("abc"):find("") == 1 and ("abc"):find("", 10) == nil)
local s, e, k, v = ("key = value"):find("(%w+)%s*=%s*(%w+)")
assert(s == 1 and e == 11 and k == "key" and v == "value")
assert(("2024-01-02"):match("^(%d+)-(%d+)-(%d+)$") == "2024" and ("x"):match("y") == nil)
assert(("  trim  "):match("^%s*(.-)%s*$") == "trim" and ("f(a(b)c)d"):match("%b()") == "(a(b)c)")
assert(("THE (quick) fox"):find("%((%a+)%)") == 5 and ("hello"):match("()ll()") == 3)
assert(("THE fox"):gsub("%f[%a]%a+", string.lower) == "the fox" and ("aa"):match("(a)%1") == "a")
assert(("[x]"):match("[]]") == "]" and ("a-b"):match("[a%-]+") == "a-" and ("^"):match("[%^]") == "^")
assert(("abc"):gsub("", "-") == "-a-b-c-" and ("abc"):gsub("%w", "%0%0", 2) == "aabbc")
assert(("hello world"):gsub("o", {o = "0"}) == "hell0 w0rld" and select(2, ("aaa"):gsub("a", "b")) == 3)
assert(("$name is $age"):gsub("%$(%w+)", function(k) return k == "name" and "Ann" or nil end) == "Ann is $age")
assert(("abc"):gsub("b", "%%") == "a%c" and not pcall(string.gsub, "a", "a", "%2"))
local words = {}
for w in ("one two  three"):gmatch("%a+") do words[#words + 1] = w end
assert(#words == 3 and words[3] == "three")
local pairs_ = {}
for k, v in ("a=1, b=2"):gmatch("(%w+)=(%w+)") do pairs_[k] = v end
assert(pairs_.a == "1" and pairs_.b == "2")
assert(not pcall(string.find, "a", "[a") and not pcall(string.find, "a", "%") and not pcall(string.find, "a", "(a"))
assert(("x"):rep(10000):find(("x?"):rep(50) .. ("x"):rep(50)) == 1, "ordinary backtracking")
assert(("äö"):gsub("[\x80-\xff]", "") == "")

assert(string.format("%5d|%-5d|%05d|%x|%X|%o", 42, 42, 42, 255, 255, 8) == "   42|42   |00042|ff|FF|10")
assert(string.format("%5.2f|%e|%g", 3.14159, 1e10, 0.5) == " 3.14|1.000000e+10|0.5")
assert(string.format("%s %10s|%-10s|%.2s", "a", "b", "c", "def") == "a          b|c         |de")
assert(string.format("%q", 'a "quoted"\n\0\r') == '"a \\"quoted\\"\\\n\\0\\13"')
assert(string.format("%q", 1 / 3) == "0x1.5555555555555p-2" and string.format("%c%%", 65) == "A%")
assert(string.format("%s %s", nil, true) == "nil true" and not pcall(string.format, "%d", 1.5))
assert(string.format("%i", 3.0) == "3" and not pcall(string.format, "%d"))

local packed = string.pack("<i4 >I2 z s1 d", -2, 513, "zero", "len", 1.5)
local a, b, c, d, e, next_ = string.unpack("<i4 >I2 z s1 d", packed)
assert(a == -2 and b == 513 and c == "zero" and d == "len" and e == 1.5 and next_ == #packed + 1)
assert(string.packsize("<!8 b i8") == 16 and string.pack(">I3", 0x010203) == "\1\2\3")
assert(string.pack("c5", "ab") == "ab\0\0\0" and not pcall(string.pack, "i1", 200))
assert(not pcall(string.unpack, "i4", "abc"))

assert("a" < "b" and "a" < "aa" and "Z" < "a" and "" < "a" and not ("b" < "a"))
assert("a\0b" > "a\0a" and "a\0" > "a" and "a\0b" < "ab", "bytes after a NUL count")
assert("\xff" > "a" and "10" < "9" and ("x"):rep(100) <= ("x"):rep(100) and ("x"):rep(99) < ("x"):rep(100))
assert(("k"):rep(100) == ("k"):rep(50) .. ("k"):rep(50) and ("k"):rep(100) ~= ("k"):rep(99) .. "j")

assert("10" + 5 == 15 and "0x10" * 2 == 32 and 10 .. "" == "10" and 1.0 .. "" == "1.0" and "3" ^ 2 == 9.0)
assert(not pcall(function() return "a" + 1 end) and -"2" == -2 and 7 // "2" == 3)
assert(tonumber("  0x1p4  ") == 16.0 and tonumber("1e1") == 10.0 and tonumber("z", 36) == 35)
assert(tonumber("1e") == nil and tonumber("") == nil and tonumber("0x") == nil and tonumber("8", 8) == nil)
assert(tonumber("9223372036854775808") == 2 ^ 63 and math.type(tonumber("10")) == "integer")

assert(utf8.char(72, 228, 8364, 128512) == "Hä€😀" and utf8.len("Hä€😀") == 4)
local points = {}
for p, c in utf8.codes("aä€") do points[#points + 1] = p .. ":" .. c end
assert(table.concat(points, " ") == "1:97 2:228 4:8364")
assert(utf8.offset("aä€", 3) == 4 and utf8.offset("aä€", -1) == 4 and utf8.codepoint("€") == 8364)
assert(utf8.len("\xff") == nil and not pcall(utf8.codepoint, "\xff"))
assert(select("#", utf8.codepoint("aä€", 1, -1)) == 3)

local long = {}
for i = 1, 1000 do long[i] = ("%05d"):format(i) end
assert(#table.concat(long) == 5000 and table.concat(long):sub(-5) == "01000")

return "done"
