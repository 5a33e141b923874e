--- repeat_until: limit
repeat local x until false

--- for_float: limit
for i=1.0,math.huge do end

--- for_neg: limit
for i=0,-1e18,-1 do end

--- nested_for: limit
for i=1,1e9 do for j=1,1e9 do end end

--- tfor: limit
for k in function() return 1 end do end

--- tfor_next: limit
local t={1} while true do for k in next,t do end end

--- goto_cont: limit
::a:: local x=1 goto a

--- mutual: limit
local f,g function f() return g() end function g() return f() end f()

--- pcall_limit: limit
while true do local ok,e=pcall(function() while true do end end) note("BREACH") end

--- pcall_loop: limit
while true do pcall(pcall,pcall,error) end

--- pcall_deep: limit
local function f() return pcall(f) end while true do f() end

--- random_loop: limit
while true do math.random(1<<62) end

--- string_idx: limit
local s="x" while true do local x=s.foo end

--- setmeta_loop: limit
while true do setmetatable({},{__index={}}) end

--- warnlike: limit
while true do tostring({}) end

--- intdiv: limit
while true do pcall(function() return 1//0 end) end

--- mathfn_str: limit
local s=("0"):rep(5000000).."1" while true do math.floor(s) end
