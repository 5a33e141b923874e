--@id L155
--@kind txn
--@flags r
--@expect refused|error|ok
-- MUST OBSERVE: harness registers/calls the class with read-only flags: every mutating call
--   answers EPERM and nothing changes, also when the method is reached through exec by a client with
--   only class-read.
-- SOURCE: Ceph CLS_METHOD_RD/WR flags + caps
function attack(input, output)
  local function BL(s) if bufferlist then local b = bufferlist.new() b:append(s) return b end return s end

      local ok = pcall(cls.write, 0, 6, BL("BREACH"))
      output:append(ok and "NOTE write accepted: harness must see that the method was declared WR" or "REFUSED")
end
cls.register(attack)
