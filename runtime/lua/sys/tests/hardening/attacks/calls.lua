--- call_ring: limit
local t={} setmetatable(t,{__call=t}) t()

--- call_ring_pcall: limit
local t={} setmetatable(t,{__call=t}) while true do pcall(t) end

--- call_chain: limit
local f=function() end for i=1,100000 do f=setmetatable({},{__call=f}) end while true do f(1,2,3) end

--- vararg_pass: limit
local function f(...) return ... end local t={} for i=1,200000 do t[i]=i end while true do f(f(f(f(table.unpack(t))))) end

--- vararg_tail: limit
local function f(n,...) if n==0 then return end return f(n-1,...) end local t={} for i=1,200000 do t[i]=i end while true do f(1000,table.unpack(t)) end

--- select_neg: limit
local t={} for i=1,200000 do t[i]=i end local function g(...) for i=1,1e9 do local x=select(-1,...) end end g(table.unpack(t))

--- select_many: limit
local t={} for i=1,200000 do t[i]=i end local function g(...) for i=1,1e9 do local x=select(2,...) end end g(table.unpack(t))

--- pcall_many: limit
local t={} for i=1,200000 do t[i]=i end local function g(...) for i=1,1e9 do pcall(select,1,...) end end g(table.unpack(t))

--- tailcall_c: returned
local function f() return pcall(f) end f()

--- gsub_rec: error
local function f(s) return s:gsub(".",f) end f("a")

--- stack_grow: limit
local t={} for i=1,100000 do t[i]=i end while true do local function f(...) local x={} return select("#",...) end f(table.unpack(t)) end

--- memrec: limit
local function f(...) return f(1,...) end f()

--- memrec2: limit
local function f(...) local a={...} return f(1,...)+1 end f()

--- memstack: limit
local function f() return 1+f() end while true do pcall(f) end
