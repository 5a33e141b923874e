-- kvlog: a log of records in one object, with paging and trimming.
--
--   radula exec events kvlog append 'disk 3 replaced'      prints 1, the number of the record
--   radula exec events kvlog list                          prints the first records as JSON
--   radula exec events kvlog list '{"after":100,"max":50}' prints the next 50 behind record 100
--   radula exec events kvlog trim 100                      forgets the records up to 100
--
-- Each record is one omap entry. Its key is the record's number with leading zeros, because omap keys are listed
-- in byte order and "10" would come before "9". The omap header holds the number of the last record, so that
-- numbers are never used again after a trim.

-- Longest record, in bytes.
local MAX_RECORD <const> = 64 * 1024
-- Records in one answer: by default, and at most.
local PAGE <const>, MAX_PAGE <const> = 100, 1000
-- Bytes of records after which an answer is full, and records fetched at a time. However large the records are, one
-- call stays far below its limits; the client sees `more` and comes again.
local FULL <const>, CHUNK <const> = 256 * 1024, 16

local function key_of(number)
  return string.format("%019d", number)
end

local function buffer(text)
  local result = bufferlist.new()
  result:append(text)
  return result
end

-- A record number from the client, nil when it is none.
local function record_number(value)
  if type(value) == "string" and value:find("^%d+$") then
    value = tonumber(value)
  end
  return math.type(value) == "integer" and value >= 0 and value or nil
end

-- Appends the input as a record and answers its number.
function append(input, output)
  if #input > MAX_RECORD then
    return -objclass.E2BIG
  end
  local record = input:str()
  -- `list` answers JSON, which knows only text: refuse here what it could not show there.
  if not utf8.len(record) then
    return -objclass.EINVAL
  end

  local header = objclass.map_read_header():str()
  local last = header == "" and 0 or record_number(header)
  if not last then
    return -objclass.EBADMSG
  end
  local number = last + 1

  objclass.map_set_val(key_of(number), buffer(record))
  objclass.map_write_header(buffer(string.format("%d", number)))
  output:append(string.format("%d", number))
end

-- Lists records in order. Input: nothing, or a JSON object with `after` (a record number) and `max`. Output:
-- {"records": [{"number": 1, "text": "…"}, …], "more": true when the log goes on}.
function list(input, output)
  local request = {}
  if #input > 0 then
    local ok, decoded = pcall(json.decode, input:str())
    if not ok or type(decoded) ~= "table" then
      return -objclass.EINVAL
    end
    request = decoded
  end
  local after = record_number(request.after or 0)
  local max = record_number(request.max or PAGE)
  if not after or not max or max == 0 then
    return -objclass.EINVAL
  end

  max = math.min(max, MAX_PAGE)

  local records, bytes = {}, 0
  local position, more = key_of(after), true
  while more and #records < max and bytes < FULL do
    -- The second result says whether entries are left behind this page.
    local entries
    entries, more = objclass.map_get_vals(position, "", math.min(max - #records, CHUNK))

    -- A Lua table has no order: sort the keys.
    local keys = {}
    for key in pairs(entries) do
      keys[#keys + 1] = key
    end
    table.sort(keys)

    for _, key in ipairs(keys) do
      if bytes >= FULL then
        more = true
        break
      end
      local text = entries[key]:str()
      records[#records + 1] = { number = math.tointeger(tonumber(key)), text = text }
      bytes = bytes + #text
      position = key
    end
  end
  output:append(json.encode({ records = json.array(records), more = more }))
end

-- Forgets all records up to the number in the input. Records that are gone already are no error.
function trim(input, output)
  local last = record_number(input:str())
  if not last then
    return -objclass.EINVAL
  end
  -- From the very first key up to, not including, the one behind `last`.
  objclass.map_remove_range("", key_of(last) .. "\0")
end

objclass.register(append, "rw", "appends the input as a record and answers its number")
objclass.register(list, "r", 'lists records as JSON; input {"after": number, "max": count}')
objclass.register(trim, "w", "forgets the records up to the number in the input")
