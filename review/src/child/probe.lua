-- Appended to an attacking script: what the state was when the chunk ended, and whether a later call finds the same.
do
  local next, type, concat, getmetatable = next, type, table.concat, getmetatable
  local globals = _G
  local function look(into, prefix, from)
    for key, value in next, from do
      if type(key) == "string" then
        into[prefix .. key] = value
        if prefix == "" and type(value) == "table" and value ~= globals then look(into, key .. ".", value) end
      end
    end
    return into
  end
  -- What the script itself did while it loaded is its own affair.
  local metatable, method = getmetatable(globals), ("ab"):rep(2)
  local before
  function review_probe(input, output)
    local now, bad = look({}, "", globals), {}
    for key, value in next, before do
      if now[key] ~= value then bad[#bad + 1] = key .. " changed" end
    end
    for key in next, now do
      if before[key] == nil then bad[#bad + 1] = key .. " appeared" end
    end
    if getmetatable(globals) ~= metatable then bad[#bad + 1] = "the metatable of the globals changed" end
    if ("ab"):rep(2) ~= method then bad[#bad + 1] = "string methods changed" end
    if input:str() ~= "probe" then bad[#bad + 1] = "the input is not this call's" end
    if #output ~= 0 then bad[#bad + 1] = "the output holds something" end
    output:append(#bad == 0 and "PRISTINE" or "BREACH an earlier call is seen: " .. concat(bad, ", "))
  end
  before = look({}, "", globals)
end
cls.register(review_probe)
