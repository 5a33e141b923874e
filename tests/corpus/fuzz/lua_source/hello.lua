function attack(input, output)
  output:append(input:str():upper())
end
cls.register(attack)
