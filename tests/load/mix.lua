-- What a wrk thread sends: reads, refreshes, a key that comes and goes, a login that is logged out.
-- The tokens come from ./run by the environment.

local api = "/api/client/v2.0"
local json = { ["Content-Type"] = "application/json" }
local refresh = { ["Authorization"] = "Bearer " .. os.getenv("REFRESH_TOKEN") }
local access = { ["Authorization"] = "Bearer " .. os.getenv("ACCESS_TOKEN") }
local key = os.getenv("KEY_VALUE")
local login = api .. "/app/myapp-abcde/auth/providers/api-key/login"

-- What answers have told to be ended.
local ids, sessions = {}, {}
local turn, made = 0, 0
failed = 0 -- global, or `done` could not read it
local threads = {}

function setup(thread)
  table.insert(threads, thread)
  thread:set("number", #threads)
end

function request()
  if #ids > 0 then
    return wrk.format("DELETE", api .. "/auth/api_keys/" .. table.remove(ids), refresh)
  end
  if #sessions > 0 then
    local token = { ["Authorization"] = "Bearer " .. table.remove(sessions) }
    return wrk.format("DELETE", api .. "/auth/session", token)
  end
  turn = turn + 1
  local what = turn % 8
  if what < 3 then
    return wrk.format("GET", api .. "/auth/api_keys", refresh)
  elseif what < 5 then
    return wrk.format("GET", api .. "/auth/profile", access)
  elseif what == 5 then
    return wrk.format("POST", api .. "/auth/session", refresh)
  elseif what == 6 then
    made = made + 1
    return wrk.format("POST", api .. "/auth/api_keys", refresh, '{"name":"load-' .. number .. "-" .. made .. '"}')
  end
  return wrk.format("POST", login, json, '{"key":"' .. key .. '"}')
end

function response(status, headers, body)
  if status >= 300 then
    failed = failed + 1
    return
  end
  local id = status == 201 and body:match('"_id":"(%x+)"')
  local token = status == 200 and body:match('"refresh_token":"([^"]+)"')
  if id then table.insert(ids, id) end
  if token then table.insert(sessions, token) end
end

function done(summary, latency)
  local errors = summary.errors
  local refused = 0
  for _, thread in ipairs(threads) do refused = refused + thread:get("failed") end
  print(string.format(
    "%d requests, %.0f a second; median %.1f ms, 99 %% %.1f ms, longest %.0f ms",
    summary.requests, summary.requests / summary.duration * 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000))
  print(string.format(
    "errors: %d statuses, %d connects, %d reads, %d writes, %d timeouts",
    refused, errors.connect, errors.read, errors.write, errors.timeout))
end
