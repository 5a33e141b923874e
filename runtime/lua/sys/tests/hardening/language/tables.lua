-- tables, keys of every kind, traversal, the table library

local t = {10, 20, 30, x = 1, ["y z"] = 2, [5] = 50, [1.0] = "one"}
assert(t[2] == 20 and t.x == 1 and t["y z"] == 2 and t[5] == 50)
t = {} t[1.0] = "float one"
assert(t[1] == "float one" and t[2^53] == nil)
t[2^53] = "big" assert(t[1 << 53] == "big", "a float with an integer value is that integer")
t[0.5], t[-0.5], t[1e300], t[-1], t[0], t[math.mininteger] = 1, 2, 3, 4, 5, 6
assert(t[0.5] == 1 and t[-0.5] == 2 and t[1e300] == 3 and t[-1] == 4 and t[-0.0] == 5 and t[math.mininteger] == 6)
assert(not pcall(function() t[nil] = 1 end) and not pcall(function() t[0/0] = 1 end) and t[nil] == nil and t[0/0] == nil)
t[true], t[false] = "yes", "no"
local f, o = function() end, {}
t[f], t[o], t[print] = "function", "table", "c function"
assert(t[true] == "yes" and t[false] == "no" and t[f] == "function" and t[o] == "table" and t[print] == "c function")
local long = ("k"):rep(200)
t[long] = "long"
assert(t[("k"):rep(100) .. ("k"):rep(100)] == "long" and t[long .. "k"] == nil)

-- many keys of each kind survive growing and shrinking
local big, sum = {}, 0
for i = 1, 5000 do
  big[i], big[-i], big[i * 65536], big[i + 0.5], big["s" .. i], big[("long key "):rep(10) .. i] = i, i, i, i, i, i
end
for k, v in pairs(big) do sum = sum + v end
assert(sum == 6 * 5000 * 5001 // 2, sum)
for i = 1, 5000 do
  assert(big[i] == i and big[-i] == i and big[i * 65536] == i and big[i + 0.5] == i and big["s" .. i] == i)
  assert(big[("long key "):rep(10) .. i] == i)
  big[i], big[-i], big[i * 65536] = nil, nil, nil
end
local left = 0
for k in pairs(big) do big[k] = nil left = left + 1 end
assert(left == 3 * 5000 and next(big) == nil, "entries may be cleared while traversing")

local list = {}
for i = 1, 100 do list[i] = i end
assert(#list == 100)
for i = 100, 51, -1 do list[i] = nil end
assert(#list == 50)
table.insert(list, 51) table.insert(list, 1, 0)
assert(#list == 52 and list[1] == 0 and list[52] == 51)
assert(table.remove(list, 1) == 0 and table.remove(list) == 51 and #list == 50 and table.remove({}) == nil)
assert(not pcall(table.insert, list, 100, 1) and not pcall(table.insert, list))
assert(table.concat({1, 2, 3}, "-") == "1-2-3" and table.concat({}, "x") == "" and table.concat({1, 2, 3}, ",", 2, 3) == "2,3")
assert(not pcall(table.concat, {{}}))
local p = table.pack(1, nil, 3)
assert(p.n == 3 and p[3] == 3 and select("#", table.unpack(p, 1, p.n)) == 3)
assert(table.concat(table.move({1, 2, 3}, 1, 3, 2), ",") == "1,1,2,3")
assert(table.concat(table.move({1, 2, 3}, 2, 3, 1), ",") == "2,3,3" and #table.move({1, 2}, 1, 2, 1, {}) == 2)

local unsorted = {}
for i = 1, 1000 do unsorted[i] = (i * 7919) % 1009 end
table.sort(unsorted)
for i = 2, 1000 do assert(unsorted[i - 1] <= unsorted[i]) end
table.sort(unsorted, function(a, b) return a > b end)
for i = 2, 1000 do assert(unsorted[i - 1] >= unsorted[i]) end
local names = {"pear", "Apple", "fig", "apple"}
table.sort(names)
assert(table.concat(names, " ") == "Apple apple fig pear")
local same = {} for i = 1, 300 do same[i] = 5 end table.sort(same)
for i = 1, 300 do same[i] = i end table.sort(same) assert(same[300] == 300)
assert(not pcall(table.sort, {1, "x"}))
local bad = {} for i = 1, 500 do bad[i] = i % 7 end
pcall(table.sort, bad, function() return true end)

local order = {}
for i, v in ipairs({1, 2, nil, 4}) do order[#order + 1] = v end
assert(#order == 2)
local copy = {}
for k, v in next, {a = 1, b = 2} do copy[k] = v end
assert(copy.a == 1 and copy.b == 2 and not pcall(next, {}, "missing"))
local wide = {}
for i = 1, 300 do wide[i] = "v" .. i end
assert(#{table.unpack(wide)} == 300 and select(300, table.unpack(wide)) == "v300")

return "done"
