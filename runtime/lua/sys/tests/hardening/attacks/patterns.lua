--- find_plain: limit
local s=("a"):rep(4000000) local p=("a"):rep(2000000).."b" while true do s:find(p,1,true) end

--- find_plain2: limit
local s=("a"):rep(4000000) while true do s:find("ab",1,true) end

--- find_nospecial: limit
local s=("x"):rep(4) local p=("y"):rep(4000000) while true do s:find(p) end

--- find_pat_set: limit
local s=("a"):rep(100000) local p="["..("b"):rep(1000000).."]" while true do s:find(p) end

--- find_pat_setneg: limit
local s=("a"):rep(100000) local p="[^"..("b"):rep(1000000).."]*c" while true do s:find(p) end

--- find_frontier: limit
local s=("a"):rep(100000) local p="%f["..("b"):rep(1000000).."]" while true do s:find(p) end

--- match_back: limit
local s=("a"):rep(400000) while true do s:match("(.*)%1b") end

--- match_bal: limit
local s=("("):rep(400000) while true do s:find("%b()") end

--- gmatch_empty: limit
local s=("a"):rep(400000) while true do for w in s:gmatch("()") do end end

--- gsub_empty_repl: limit
local s=("a"):rep(400000) local r=("%1"):rep(100000) while true do s:gsub("(x*)",r) end

--- gsub_esc: limit
local s=("a"):rep(100000) local r=("%%"):rep(100) while true do pcall(string.gsub,s,"a",r) end

--- gsub_table: limit
local s=("a"):rep(400000) local t=setmetatable({},{__index=function(t,k) return "" end}) while true do s:gsub(".",t) end

--- gsub_anchor: limit
local s=("a"):rep(4000000) while true do s:gsub("^b","") end

--- match_capt: limit
local s=("a"):rep(100000) while true do s:match(("(a*)"):rep(31).."b") end

--- strfind_init: limit
local s=("a"):rep(4000000) while true do s:find(".-b") end

--- gmatch_anchor: limit
local s=("a"):rep(4000000) for w in s:gmatch("a-b") do end
