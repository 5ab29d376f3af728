#pragma once

#include "net/byte_buffer.hpp"
#include "net/deadline.hpp"
#include "net/stream.hpp"
#include "net/url.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace weir::gateway
{

/// Connections to one origin, of all threads together.
struct origin_load {
    std::atomic<std::int64_t> open{0}, idle{0};
};

/// The load of all origins. Any thread.
class upstream_load
{
public:
    explicit upstream_load(std::int64_t limit_per_origin)
        : limit_(limit_per_origin)
    {
    }

    /// Counts one more connection to `to`; none when as many as may be are in use. The result gives it back.
    std::shared_ptr<origin_load> open(net::origin const& to);

    /// Calls `use(origin, load)` for each origin there was.
    template <class Use>
    void for_each(Use use) const
    {
        std::scoped_lock const lock(mutex_);
        for (auto const& [origin, load] : loads_) use(origin, *load);
    }

private:
    std::int64_t const limit_;
    mutable std::mutex mutex_;
    std::map<net::origin, std::shared_ptr<origin_load>> loads_;
};

/// A connection to a provider, with what was read from it and not yet used.
struct upstream_connection {
    upstream_connection(net::stream s, net::origin o, std::shared_ptr<origin_load> l)
        : stream(std::move(s))
        , to(std::move(o))
        , load(std::move(l))
    {
    }
    upstream_connection(upstream_connection const&) = delete;
    upstream_connection& operator=(upstream_connection const&) = delete;
    ~upstream_connection();

    net::stream stream;
    net::byte_buffer in;
    net::origin to;
    std::shared_ptr<origin_load> load;
    bool reused = false; ///< a call went over it before: the provider may have closed it meanwhile
    net::clock::time_point idle_since{};
};

} // namespace weir::gateway
