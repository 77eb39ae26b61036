-- A run that has come to its end can be neither suspended nor resumed.
local finished = false
for _, condition in ipairs((obj.status or {}).conditions or {}) do
  if condition.type == "Succeeded" and condition.status ~= "Unknown" then
    finished = true
  end
end

local suspended = obj.spec.suspend == true
return {
  suspend = {disabled = finished or suspended, iconClass = "fa fa-fw fa-pause"},
  resume = {disabled = finished or not suspended, iconClass = "fa fa-fw fa-play"},
}
