#pragma once

#include "metrics/registry.hpp"
#include "storage/keys.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>

namespace weir::storage
{

class vault;

/// The API keys and proxy keys that are good at the moment, for threads that must not touch the database. A thread of
/// its own looks every `interval` whether the database has changed, so that a running server honours what another
/// process creates and revokes. While it cannot look, the keys known last stay good.
class key_ring
{
public:
    static constexpr std::chrono::milliseconds usual_interval{250};

    /// Reads the keys of the database at `path`, which must exist and be migrated. Throws std::runtime_error when they
    /// cannot be read. `opens` is the vault for what proxy keys stand for; without one they are known, and of no use.
    key_ring(std::string path, metrics::registry& metrics, std::chrono::milliseconds interval = usual_interval,
             vault const* opens = nullptr);
    ~key_ring();

    /// How many API keys are good.
    std::size_t size() const { return api_keys_; }

    /// Looks at once, and returns when that is done: who has committed a change may count on it then. Gives up after a
    /// second. Any thread that may wait.
    void look_now();

private:
    /// By the first bytes of their hashes.
    using keys_by_prefix = std::unordered_multimap<std::uint64_t, live_key>;

public:
    /// One thread's look at the ring, which must outlive it. Takes a lock only in the moment after a change.
    class reader
    {
    public:
        explicit reader(key_ring const& of)
            : of_(&of)
        {
        }

        /// The good key that `key` is, or none.
        std::optional<live_key> find(std::string_view key);

    private:
        key_ring const* of_;
        std::uint64_t version_ = 0;
        std::shared_ptr<keys_by_prefix const> keys_;
    };

private:
    class source;

    void run();
    result<void> refresh();
    void publish(std::vector<live_key> keys);

    std::unique_ptr<source> source_; ///< on the ring's own thread, once there is one
    std::vector<live_key> known_;    ///< as source_
    std::chrono::milliseconds const interval_;
    metrics::counter& failures_;
    std::atomic<std::size_t> api_keys_ = 0, proxy_keys_ = 0;

    mutable std::mutex mutex_; ///< of keys_
    std::shared_ptr<keys_by_prefix const> keys_;
    std::atomic<std::uint64_t> version_{0}; ///< of keys_: readers compare it with the one they have

    std::mutex wake_mutex_; ///< of the three below
    std::condition_variable wake_, looked_;
    std::uint64_t looks_wanted_ = 0, looks_done_ = 0;
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace weir::storage
