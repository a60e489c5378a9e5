-- Sends the requests of a file one after the other; see scene.py for its format. Prints one line of JSON in the end.
-- Arguments: the file. For use with one thread.
local requests, position, wrapped = {}, 0, 0
refused, repeated = 0, 0

function init(args)
    local file = assert(io.open(args[1], "rb"))
    for line in function() return file:read("*l") end do
        requests[#requests + 1] = file:read(tonumber(line))
    end
    file:close()
end

function request()
    position = position + 1
    if position > #requests then
        position, repeated = 1, repeated + 1
    end
    return requests[position]
end

function response(status)
    if status ~= 200 then refused = refused + 1 end
end

local threads = {}
function setup(thread) threads[#threads + 1] = thread end

function done(summary, latency)
    local errors = summary.errors
    local broken = errors.connect + errors.read + errors.write + errors.timeout
    local refusals, repetitions = 0, 0
    for _, thread in ipairs(threads) do
        refusals = refusals + thread:get("refused")
        repetitions = repetitions + thread:get("repeated")
    end
    io.write(string.format(
        '\n{"requests": %d, "seconds": %f, "mean": %f, "p50": %f, "p90": %f, "p99": %f, "p999": %f, "max": %f, ' ..
        '"failures": %d, "repeated": %d}\n',
        summary.requests, summary.duration / 1e6, latency.mean, latency:percentile(50), latency:percentile(90),
        latency:percentile(99), latency:percentile(99.9), latency.max, broken + refusals, repetitions))
end
