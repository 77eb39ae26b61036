-- Runs a script as Argo CD does: with the object as the global `obj`, and of the libraries only base, table and two functions of os.
--   lua5.1 argo-cd.lua SCRIPT < OBJECT      OBJECT is a Lua expression; prints what the script returns, as JSON

local function json(value)
  if type(value) == "string" then
    return '"' .. value:gsub('[%c"\\]', function(c) return ("\\u%04x"):format(c:byte()) end) .. '"'
  elseif type(value) == "number" then
    return ("%.17g"):format(value)
  elseif type(value) ~= "table" then
    return tostring(value)
  end
  -- As Argo CD's encoder has it: no table is known to be an object when it is empty.
  local parts = {}
  if next(value) == nil or value[1] ~= nil then
    for _, item in ipairs(value) do parts[#parts + 1] = json(item) end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  for key, item in pairs(value) do parts[#parts + 1] = json(key) .. ":" .. json(item) end
  return "{" .. table.concat(parts, ",") .. "}"
end

local environment = {table = table, os = {time = os.time, date = os.date}}
for _, name in ipairs({"assert", "error", "getfenv", "getmetatable", "ipairs", "next", "pairs", "pcall", "rawequal", "rawget", "rawset", "select", "setfenv", "setmetatable", "tonumber", "tostring", "type", "unpack", "xpcall"}) do
  environment[name] = _G[name]
end
environment.obj = assert(loadstring("return " .. io.read("*a")))()

local script = setfenv(assert(loadfile(arg[1])), environment)
local strings = getmetatable("")
strings.__index = nil
local result = script()
strings.__index = string
print(json(result))
