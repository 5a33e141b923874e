--- tmove_meta: limit
local t=setmetatable({},{__index=function() return 1 end,__newindex=function() end}) table.move(t,1,1<<40,1)

--- tconcat_empty: limit
local t=setmetatable({},{__index=function() return "" end}) table.concat(t,"",1,1<<40)

--- sort_len: limit
local t=setmetatable({},{__len=function() return (1<<31)-2 end,__index=function() return 1 end,__newindex=function() end}) table.sort(t)

--- sort_bad: limit
local t={} for i=1,300000 do t[i]=i%7 end while true do pcall(table.sort,t,function(a,b) return true end) end

--- unpack_big: limit
local t={} while true do pcall(table.unpack,t,1,900000) end

--- unpack_max: limit
local t={} while true do pcall(table.unpack,t,1,1e7) end

--- longkey_hash: limit
local a=("x"):rep(3000000) local t={} while true do local k=a..1 t[k]=nil local _=t[k] end

--- longkey_sub: limit
local a=("x"):rep(3000000) local t={} local i=0 while true do i=i+1 local _=t[a:sub(1,-1-i%10)] end

--- rehash: limit
local t={} for i=1,60000 do t["k"..i]=i end while true do for i=1,60000 do t["k"..i]=nil end for i=1,60000 do t["k"..i]=i end end

--- rehash2: limit
local t={} for i=1,100000 do t[i]=i end while true do t[#t]=nil t.x=nil t[-1]=1 t[-1]=nil t["a"..math.random(1e9)]=1 end

--- next_empty: limit
local t={} for i=1,300000 do t[i]=i end for i=1,300000 do t[i]=nil end while true do next(t) end

--- next_hash: limit
local t={} for i=1,100000 do t["k"..i]=i end for i=1,100000 do t["k"..i]=nil end while true do next(t) end

--- next_bad: limit
while true do pcall(next,{},1) end

--- intkeys_pow2: limit
local t={} for i=1,100000 do t[i<<32]=1 end while true do for i=1,100000 do local x=t[i<<32] end end

--- intkeys_mod: limit
local t={} for i=1,60000 do t[i*65535]=1 end while true do for i=1,60000 do local x=t[i*65535] end end

--- floatkeys: limit
local t={} for i=1,60000 do t[i+0.5]=1 end while true do for i=1,60000 do local x=t[i+0.5] end end

--- floatkeys_exp: limit
local t={} for i=1,1000 do t[2.0^-i]=1 end while true do for i=1,1000 do local x=t[2.0^-i] end end

--- boolkeys: limit
local t={} for i=1,60000 do t[{}]=i end while true do for k in next,t do end end

--- strkeys: limit
local t={} for i=1,60000 do t["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"..i]=1 end while true do for k in next,t do end end
