//! Every function with every kind of argument: errors are fine, faults of the host and crashes are not.

use objclass::{CallError, LimitKind, Limits};

use crate::fixture::{Lab, limit};

/// Calls random functions with random arguments. What the functions answer becomes an argument in turn.
const SCRIPT: &str = "
    local functions = {}
    local function gather(t, path)
      local names = {}
      for name, value in pairs(t) do if type(value) == 'function' then names[#names + 1] = name end end
      table.sort(names)
      for _, name in ipairs(names) do functions[#functions + 1] = { path .. '.' .. name, t[name] } end
    end
    for _, name in ipairs{ '_G', 'cls', 'bufferlist', 'json', 'cmsgpack', 'string', 'table', 'math', 'utf8' } do
      gather(_G[name], name)
    end
    local skip = { ['_G.print'] = true, ['_G.warn'] = true, ['cls.log'] = true, ['_G.error'] = true, ['cls.call'] = true }
    local pick = math.random
    function go(input, output)
      math.randomseed(tonumber(input:str()))
      local bl = bufferlist.new('bytes')
      local cycle = {} cycle[1] = cycle cycle.x = cycle
      local values = { false, true, 0, 1, -1, 2, 255, 1.5, -0.0, 0/0, 1/0, -1/0, math.maxinteger, math.mininteger, 1e15, '', 'x',
                       'a\\0b', '\\255\\254', ('k'):rep(3000), '%d%s%q', '[%w]-()', '123', '0x10', '1e5', '{\"a\":[1,2]}', '\\x93\\1\\2\\3',
                       {}, { 1, 2, 3 }, { a = 1, b = 'x' }, { [1.5] = 1, [true] = {} }, cycle, bl, input, output, print, json.null,
                       setmetatable({}, { __index = cls, __len = function() return 5 end, __tostring = function() return 't' end }),
                       setmetatable({}, { __call = function() end, __eq = error, __lt = error, __concat = error }) }
      local none = #values + 1
      for round = 1, 3000 do
        local f = functions[pick(#functions)]
        if not skip[f[1]] then
          local arguments = {}
          local count = pick(0, 4)
          for i = 1, count do arguments[i] = values[pick(none)] end
          local results = table.pack(pcall(f[2], table.unpack(arguments, 1, count)))
          local result = results[pick(2, 3)]
          if result ~= nil and pick(4) == 1 then
            if type(result) == 'string' and #result > 5000 then result = result:sub(1, 100) end
            values[pick(#values)] = result
          end
        end
        -- what the script may have broken is not what is under test
        pcall, math.randomseed = pcall, math.randomseed
      end
      return 7
    end
    cls.register(go)";

#[test]
fn no_argument_makes_a_host_function_fail_as_a_host() {
    let lab = Lab::with(Limits {
        log: u64::MAX,
        ..Limits::INSTALLED
    });
    lab.add("t", SCRIPT);
    let mut through = 0;
    for seed in 0..200 {
        let done = lab.exec("t", "go", seed.to_string().as_bytes());
        match &done.result {
            Ok(reply) => {
                assert_eq!(reply.ret, 7);
                through += 1;
            }
            Err(CallError::Host(fault)) => panic!("seed {seed}: {fault}"),
            // Some ask for more than they may have, or break a library they then need.
            Err(CallError::Trap(_)) => {
                assert!(
                    !matches!(limit(&done.result), Some(LimitKind::Log)),
                    "seed {seed}"
                );
            }
            Err(CallError::Class(error)) => panic!("seed {seed}: {error}"),
        }
    }
    assert!(through > 50, "only {through} of 200 runs got through");
}
