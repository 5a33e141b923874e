--- argerr_globals: limit
for i=1,60000 do _G["g"..i]=i end while true do pcall(string.rep) end

--- argerr_globals2: limit
for i=1,60000 do _G["g"..i]=i end while true do pcall(function() string.rep() end) end

--- error_where: limit
while true do pcall(error,"x",2) end

--- errname: limit
local n=("x"):rep(1000000) local f=load("local t={} t."..n.."()") while true do pcall(f) end

--- errname2: limit
local n=("x"):rep(1000000) local t={} while true do pcall(function() return t[n].x end) end

--- errmeth: limit
local n=("x"):rep(1000000) while true do pcall(function() return (1)[n]() end) end
