-- For wrk: asks for one page again and again, and says what came of it as JSON. wrk itself gives no 95th percentile.

function done(summary, latency)
    io.write(string.format(
        '{"rate": %f, "p95": %f, "failed": %d}\n',
        summary.requests / summary.duration * 1e6,
        latency:percentile(95) / 1e3,
        summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status
            + summary.errors.timeout
    ))
end
