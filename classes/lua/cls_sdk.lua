-- sdk: the example of Ceph's SDK for object classes, which touches each kind of storage once.
--
--   radula exec covered sdk test_coverage_write     writes data, an attribute and an omap entry
--   radula exec covered sdk test_coverage_replay    compares their sizes and removes the object

local NAME <const>, CONTENT <const> = "foo", "test"

-- Creates the object and stores the same text in its data, in an xattr and in its omap.
function test_coverage_write()
  objclass.create(false)
  objclass.write(0, #CONTENT, CONTENT)
  objclass.setxattr(NAME, CONTENT)
  objclass.map_set_val(NAME, CONTENT)
end

-- All three must be as long as the data; then the object goes.
function test_coverage_replay()
  local size = objclass.stat()
  local same = #objclass.read(0, size) == size
    and #objclass.getxattr(NAME) == size
    and #objclass.map_get_val(NAME) == size
  if not same then
    return -objclass.EIO
  end
  objclass.remove()
end

objclass.register(test_coverage_write, "rw", "stores a text in data, xattr and omap")
objclass.register(test_coverage_replay, "rw", "checks what was stored and removes the object")
