function canary(input, output)
  output:append("OK " .. input:str():upper() .. " " .. string.format("%05d", 42) .. " " .. table.concat({1, 2, 3}, "+"))
end
cls.register(canary)
