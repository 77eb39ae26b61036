-- What Argo CD shows for an InheritRun. Argo CD runs this without the string and math libraries.
local status = obj.status or {}
if (status.observedGeneration or 0) < obj.metadata.generation then
  return {status = "Progressing", message = "Waiting for the operator"}
end

local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end
local summary = conditions.Succeeded
if summary == nil then
  return {status = "Progressing", message = "Waiting for the operator"}
end

local message = summary.reason
if summary.message ~= nil and summary.message ~= "" then
  message = message .. ": " .. summary.message
end

local progress = status.progress or {}
local steps = nil
if progress.step ~= nil and progress.totalSteps ~= nil then
  steps = progress.step .. "/" .. progress.totalSteps
end

if summary.status == "True" then
  local final = (status.results or {}).final
  if summary.reason == "Completed" and progress.step ~= nil and final ~= nil then
    message = "Completed " .. progress.step .. " steps, loss " .. final.loss
  end
  return {status = "Healthy", message = message}
elseif summary.status == "False" then
  return {status = "Degraded", message = message}
elseif conditions.Suspended ~= nil and conditions.Suspended.status == "True" then
  if steps ~= nil then
    message = message .. " (step " .. steps .. ")"
  end
  return {status = "Suspended", message = message}
end

local working = {Training = true, Evaluating = true, Checkpointing = true}
if steps ~= nil and working[summary.reason] then
  message = summary.reason .. " " .. steps
  if progress.percent ~= nil then
    message = message .. " (" .. progress.percent .. ")"
  end
  if progress.loss ~= nil then
    message = message .. ", loss " .. progress.loss
  end
end
return {status = "Progressing", message = message}
