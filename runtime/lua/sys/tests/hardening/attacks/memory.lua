--- gcfull: limit
local t={} for i=1,100000 do t[i]={} end while true do local x={} end

--- gcnear: limit
local t={} local n=0 while true do local ok=pcall(function() n=n+1 t[n]=("x"):rep(1000)..n end) if n>13000 then break end end while true do local s=("y"):rep(300)..n end

--- gcthread: limit
local function f(n) if n==0 then while true do local x={} end end return 1+f(n-1) end f(100000)

--- memstr: limit
local s="x" while true do s=s..s end

--- memtab: limit
local t={} while true do t={t,t,t} end

--- memclosure: limit
local f=function() end while true do local g=f f=function() return g end end

--- memgsub: limit
while true do local s=("x"):rep(1000000):gsub("x","yyyyyyyyyyyyyyyyyyyy") end

--- memfmt: limit
local s=("x"):rep(1000000) while true do string.format("%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s%s",s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s,s) end

--- mempack: limit
while true do string.pack("c16000000","") end

--- memconcat: limit
local t={} for i=1,100000 do t[i]=("x"):rep(100) end while true do table.concat(t) table.concat(t,("y"):rep(100)) end

--- mempcall2: limit
while true do pcall(function() local t={} for i=1,1e9 do t[i]=i end end) note("BREACH") end

--- memload: limit
local s={} for i=1,100000 do s[i]="a"..i.."=1 " end local src=table.concat(s) local t={} while true do t[#t+1]=load(src) end
