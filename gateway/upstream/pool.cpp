#include "gateway/upstream/pool.hpp"

#include "gateway/upstream/tls_client.hpp"

namespace weir::gateway
{
std::shared_ptr<origin_load> upstream_load::open(net::origin const& to)
{
    std::shared_ptr<origin_load> load;
    {
        std::scoped_lock const lock(mutex_);
        auto& slot = loads_[to];
        if (!slot) slot = std::make_shared<origin_load>();
        load = slot;
    }
    // Idle ones do not count: they may be another thread's, which closes them once it sees that they are too many.
    if (load->open.fetch_add(1) - load->idle < limit_) return load;
    --load->open;
    return nullptr;
}

upstream_connection::~upstream_connection()
{
    if (auto* tls = stream.tls()) tls_client::end(*tls);
    --load->open;
}

upstream_pool::upstream_pool(boost::asio::io_context& on, std::chrono::milliseconds idle_timeout, std::int64_t limit)
    : timer_(on)
    , idle_timeout_(idle_timeout)
    , limit_(limit)
{
}

std::unique_ptr<upstream_connection> upstream_pool::take(net::origin const& to)
{
    auto const found = idle_.find(to);
    if (found == idle_.end()) return nullptr;
    auto& list = found->second;
    while (!list.empty()) {
        auto connection = std::move(list.back());
        list.pop_back();
        --connection->load->idle;
        // What came since, unasked, would be taken for the next call's answer.
        auto const idle = net::clock::now() - connection->idle_since;
        if (idle < idle_timeout_ && !connection->stream.is_stale()) return connection;
    }
    return nullptr;
}

void upstream_pool::give_back(std::unique_ptr<upstream_connection> connection)
{
    auto& list = idle_[connection->to];
    if (stopped_ || list.size() == most_idle || connection->load->open > limit_) return;
    connection->idle_since = net::clock::now();
    connection->in = net::byte_buffer(); // there is nothing in it
    connection->reused = true;
    ++connection->load->idle;
    list.push_back(std::move(connection));
    sweep_later();
}

void upstream_pool::stop()
{
    stopped_ = true;
    timer_.cancel();
    for (auto& [origin, list] : idle_)
        for (auto& connection : list) --connection->load->idle;
    idle_.clear();
}

void upstream_pool::sweep_later()
{
    if (sweeping_ || stopped_) return;
    sweeping_ = true;
    timer_.expires_after(std::chrono::seconds(1));
    timer_.async_wait([this](boost::system::error_code error) {
        sweeping_ = false;
        if (!error && !stopped_) sweep();
    });
}

void upstream_pool::sweep()
{
    auto const oldest = net::clock::now() - idle_timeout_;
    for (auto& [origin, list] : idle_) {
        while (!list.empty() && list.front()->idle_since < oldest) {
            --list.front()->load->idle;
            list.pop_front();
        }
    }
    std::erase_if(idle_, [](auto const& entry) { return entry.second.empty(); });
    if (!idle_.empty()) sweep_later();
}

} // namespace weir::gateway
