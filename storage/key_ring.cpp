#include "storage/key_ring.hpp"

#include "log/log.hpp"
#include "storage/connection.hpp"
#include "storage/provider_keys.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <stdexcept>

namespace weir::storage
{
namespace
{

std::uint64_t prefix_of(key_hash const& hash)
{
    std::uint64_t prefix = 0;
    std::memcpy(&prefix, hash.data(), sizeof prefix);
    return prefix;
}

} // namespace

/// The database, as far as keys go.
class key_ring::source
{
public:
    source(std::string path, vault const* opens)
        : path_(std::move(path))
        , opens_(opens)
    {
    }

    /// The good keys, or none when nothing was committed since the last time.
    result<std::optional<std::vector<live_key>>> changed()
    {
        if (!db_) {
            auto opened = connection::open(path_, connection::mode::read_only);
            if (!opened) return opened.error();
            db_.emplace(std::move(*opened));
        }
        auto const version = data_version();
        if (!version) return version.error();
        if (version_ == *version) return std::nullopt;
        auto keys = live_keys(*db_);
        if (!keys) return keys.error();
        auto proxy_keys = live_proxy_keys(*db_, opens_);
        if (!proxy_keys) return proxy_keys.error();
        std::move(proxy_keys->begin(), proxy_keys->end(), std::back_inserter(*keys));
        version_ = *version; // if more was committed in between, the next look finds out
        return std::move(*keys);
    }

    /// Begins anew after a failure.
    void close()
    {
        db_.reset();
        version_.reset();
    }

private:
    /// A number that changes when another connection has committed.
    result<std::int64_t> data_version()
    {
        auto found = db_->query("PRAGMA data_version");
        if (!found) return found.error();
        if (!found->next()) return found->error();
        return found->get<std::int64_t>(0);
    }

    std::string const path_;
    vault const* const opens_;
    std::optional<connection> db_;
    std::optional<std::int64_t> version_;
};

key_ring::key_ring(std::string path, metrics::registry& metrics, std::chrono::milliseconds interval, vault const* opens)
    : source_(std::make_unique<source>(std::move(path), opens))
    , interval_(interval)
    , failures_(metrics.single_counter("weir_key_refresh_failures_total",
                                       "Looks for new and revoked API keys that the database refused."))
{
    publish({});
    if (auto const read = refresh(); !read)
        throw std::runtime_error("the API keys cannot be read: " + read.error().message());
    metrics.gauge("weir_api_keys", "API keys that are good.", [this] { return static_cast<double>(size()); });
    metrics.gauge("weir_proxy_keys", "Proxy keys that are good.",
                  [this] { return static_cast<double>(proxy_keys_.load()); });
    thread_ = std::thread([this] { run(); });
}

key_ring::~key_ring()
{
    {
        std::scoped_lock const lock(wake_mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void key_ring::look_now()
{
    std::unique_lock lock(wake_mutex_);
    auto const mine = ++looks_wanted_;
    wake_.notify_one();
    looked_.wait_for(lock, std::chrono::seconds(1), [&] { return looks_done_ >= mine || stopping_; });
}

void key_ring::run()
{
    bool failing = false; // said once, not four times a second
    std::unique_lock lock(wake_mutex_);
    for (;;) {
        wake_.wait_for(lock, interval_, [this] { return stopping_ || looks_wanted_ > looks_done_; });
        if (stopping_) return;
        auto const wanted = looks_wanted_;
        lock.unlock(); // the database may take its time: who asks for a look, or stops, waits no longer than it wants
        auto const read = refresh();
        lock.lock();
        looks_done_ = wanted;
        looked_.notify_all();
        if (!read) failures_.add();
        if (!read && !failing)
            log::warn("the API keys cannot be read again: those known stay good, and no change is seen",
                      {{"reason", read.error().message()}});
        if (read && failing) log::info("the API keys can be read again");
        failing = !read;
    }
}

result<void> key_ring::refresh()
{
    auto keys = source_->changed();
    if (!keys) {
        source_->close();
        return keys.error();
    }
    if (*keys && **keys != known_) publish(std::move(**keys));
    return {};
}

void key_ring::publish(std::vector<live_key> keys)
{
    auto by_prefix = std::make_shared<keys_by_prefix>();
    for (auto const& key : keys) by_prefix->emplace(prefix_of(key.hash), key);
    auto const proxy_keys = std::count_if(keys.begin(), keys.end(), [](auto const& k) { return k.lends.has_value(); });
    auto const useless =
        std::count_if(keys.begin(), keys.end(), [](auto const& k) { return k.lends && !k.lends->key; });
    if (useless > 0)
        log::error("proxy keys are of no use, as the vault cannot open the providers' keys that they stand for: check "
                   "vault.master_key_file",
                   {{"proxy_keys", static_cast<long long>(useless)}});
    known_ = std::move(keys);
    {
        std::scoped_lock const lock(mutex_);
        keys_ = std::move(by_prefix);
        version_.fetch_add(1, std::memory_order_release);
    }
    proxy_keys_ = static_cast<std::size_t>(proxy_keys);
    api_keys_ = known_.size() - static_cast<std::size_t>(proxy_keys);
}

std::optional<live_key> key_ring::reader::find(std::string_view key)
{
    if (of_->version_.load(std::memory_order_acquire) != version_) {
        std::scoped_lock const lock(of_->mutex_);
        keys_ = of_->keys_;
        version_ = of_->version_.load(std::memory_order_relaxed);
    }
    auto const hash = hash_of_key(key);
    auto const [begin, end] = keys_->equal_range(prefix_of(hash));
    for (auto at = begin; at != end; ++at)
        if (CRYPTO_memcmp(at->second.hash.data(), hash.data(), hash.size()) == 0) return at->second;
    return std::nullopt;
}

} // namespace weir::storage
