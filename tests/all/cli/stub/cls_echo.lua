-- echo: answers its input, decoded and encoded by the host; the names are meant to be difficult.

local T <const> = ceph.types {
  "part", "{2 1| name:str n:u32@2}",
  "all",  [[{3 1| a:u8 b:u16 c:u32 d:u64 e:i8 f:i16 g:i32 h:i64 i:bool j:str k:time l:name m:addr
             n:[part] o:map(str, part) p:map(u16, str) q:?u8 r:?part s:varint t:svarint u:hobject v:map(name, u8)
             from:str self:(lambda:u8 class:str)@3}]],
}

local function echo(value)
  return value
end

all = function(value) return echo(value) end
text = function(value) return echo(value) end
list = function(value) return echo(value) end
_ENV["for"] = function(input, output) output:append(input) end
_ENV["a b"] = function(input, output) output:append(input) end

cls.register(all, "r", "answers \"everything\"\\", { input = T.all, output = T.all })
cls.register(text, "r", nil, { input = "json", output = "json" })
cls.register(list, "r", "answers a list", { input = "[?u16]", output = "[?u16]" })
cls.register(_ENV["for"], "r", "answers bytes")
cls.register(_ENV["a b"], "r", "answers bytes")
_ENV["é\"😀"] = function(input, output) output:append(input) end
cls.register(_ENV["é\"😀"], "r", "answers 😀")
