--- coerce_chain: limit
local t={} for i=1,1000 do t=setmetatable({},{__index=t,__newindex=t}) end while true do t.x=1 local y=t.y end

--- eqmeta: limit
local mt={} mt.__eq=function(a,b) return true end local a,b=setmetatable({},mt),setmetatable({},mt) while true do local x=a==b end

--- lemeta: limit
local mt={} mt.__le=function(a,b) return a<=b end local a,b=setmetatable({},mt),setmetatable({},mt) while true do pcall(function() return a<=b end) end

--- tostring_meta: limit
local t=setmetatable({},{__tostring=function() while true do end end}) pcall(tostring,t) note("BREACH")

--- metaidx_fn: limit
local t=setmetatable({},{__index=function(t,k) while true do end end}) pcall(function() return t.x end) note("BREACH")

--- metalen: limit
local t=setmetatable({},{__len=function() while true do end end}) pcall(function() return #t end) note("BREACH")

--- metaconcat: limit
local t=setmetatable({},{__concat=function() while true do end end}) pcall(function() return t..t end) note("BREACH")

--- pairsmeta: limit
local t=setmetatable({},{__pairs=function() return function() return 1 end end}) for k in pairs(t) do end

--- ipairsmeta: limit
local t=setmetatable({},{__index=function(t,i) return i end}) for i in ipairs(t) do end

--- error_tbl: error
local t=setmetatable({},{__tostring=function() while true do end end}) error(t)
