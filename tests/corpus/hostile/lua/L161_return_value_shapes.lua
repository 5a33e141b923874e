--@id L161
--@kind crash
--@inputs 1..12
--@expect ok|error
-- MUST OBSERVE: harness calls it with input "1".."12": every odd return value maps to a defined
--   status (integers to int32 range or -EIO; others -EINVAL), never a panic.
-- SOURCE: Ceph cls_lua: luaL_checkinteger on the last result
function attack(input, output)
  local n = tonumber((input.str and input:str() or "0")) or 0
  local r = {[1] = 1 << 62, [2] = math.mininteger, [3] = 0/0, [4] = 1e300, [5] = "str", [6] = {}, [7] = output, [8] = function() end, [9] = -4095, [10] = -2147483648, [11] = 4294967296, [12] = true}
  output:append("OK")
  return r[n], r[n], r[n]
end
cls.register(attack)
