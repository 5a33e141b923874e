--- bigfn: limit
local s={} for i=1,200000 do s[i]="a=b " end local f=load(table.concat(s)) while true do f() end

--- bigfn_tab: limit
local s={} for i=1,150000 do s[i]="a={}" end local f=load(table.concat(s)) while true do f() end

--- bigfn_closure: limit
local s={"local x " } for i=1,60000 do s[#s+1]="a=function() return x end " end local f,e=load(table.concat(s)) while true do f() end

--- bigfn_cmp: limit
local s={"local a,b=... "} for i=1,60000 do s[#s+1]="local _=a<b " if i%150==0 then s[#s]="do end " end end local s2={"local a,b=... local _ "} for i=1,60000 do s2[#s2+1]="_=a<b " end local f,e=load(table.concat(s2)) local x=("x"):rep(5000000) local y=x.."a" x=x.."b" f(x,y)

--- bigfn_eq: limit
local s2={"local a,b=... local _ "} for i=1,60000 do s2[#s2+1]="_=a==b " end local f,e=load(table.concat(s2)) local x=("x"):rep(5000000) local y=x.."b" x=x.."b" f(x,y)

--- bigfn_concat: limit
local s2={"local a,b=... local _ "} for i=1,60000 do s2[#s2+1]="_=a..b " end local f,e=load(table.concat(s2)) local x=("x"):rep(2000000) f(x,x)

--- bigfn_longkey: limit
local s2={"local t,k=... local _ "} for i=1,60000 do s2[#s2+1]="_=t[k] " end local f,e=load(table.concat(s2)) local x=("x"):rep(3000000) local t={[x.."y"]=1} f(t,x.."y")

--- bigfn_forstr: any
local s2={"local k=... local _ "} for i=1,5000 do s2[#s2+1]="for i=1,k do break end " end local f,e=load(table.concat(s2)) f((" "):rep(4000000).."0")

--- bigfn_index: limit
local t={} for i=1,1900 do t=setmetatable({},{__index=t}) end local s2={"local t=... local _ "} for i=1,60000 do s2[#s2+1]="_=t.x " end local f=load(table.concat(s2)) f(t)

--- bigfn_newindex: limit
local t={} for i=1,1900 do t=setmetatable({},{__newindex=t}) end local s2={"local t=... "} for i=1,60000 do s2[#s2+1]="t.x=nil " end local f=load(table.concat(s2)) f(t)

--- bigfn_len: limit
local t={} t[1]=1 for i=30,1,-1 do t[1<<i]=1 end local s2={"local t=... local _ "} for i=1,200000 do s2[#s2+1]="_=#t " end local f=load(table.concat(s2)) while true do f(t) end

--- bigfn_mod: limit
local s2={"local a,b=... local _ "} for i=1,60000 do s2[#s2+1]="_=a%b " end local f,e=load(table.concat(s2)) while true do f(1e308,5e-324*3) end

--- bigfn_pow: limit
local s2={"local a,b=... local _ "} for i=1,60000 do s2[#s2+1]="_=a^b " end local f,e=load(table.concat(s2)) while true do f(1.0000000001,1e10/3) end

--- bigfn_cat_float: limit
local s2={"local a,b=... local _ "} for i=1,60000 do s2[#s2+1]="_=a..b " end local f,e=load(table.concat(s2)) while true do f(1.1e300/3,2/3) end

--- bigfn_vararg: limit
local s2={"local _,y "} for i=1,30000 do s2[#s2+1]="_,y=... " end s2[#s2+1]="local function g(...) end " for i=1,10000 do s2[#s2+1]="_={...} " end local f,e=load(table.concat(s2)) local t={} for i=1,100000 do t[i]=i end f(table.unpack(t))

--- eqk: any
local src="local a=... local _ " .. ("_=a==K "):rep(10) local k=("x"):rep(1000000) local body=("_=a==K "):rep(10000) local f,e=load("local K <const> = [["..k.."]] local a=... local _ "..body) f(("x"):rep(1000000))

--- closure_many: limit
local s={"local a0=0 "} local n={} for i=1,180 do s[#s+1]="local a"..i.."="..i.." " n[#n+1]="a"..i end s[#s+1]="return function() while true do local f=function() return "..table.concat(n,"+").." end end end" local f,e=load(table.concat(s)) f()()

--- closure_open: limit
local s={} local n={} for i=1,180 do s[#s+1]="local a"..i.."="..i.." " n[#n+1]="a"..i end s[#s+1]="while true do local f=function() return "..table.concat(n,"+").." end end" load(table.concat(s))()
