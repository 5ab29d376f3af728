#pragma once

#include "metrics/registry.hpp"
#include "storage/background_priority.hpp"
#include "storage/errors.hpp"
#include "storage/request_record.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <semaphore>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace weir::storage
{

/// One finished call on its way to the store. Made on a network thread, read and settled on the recorder's.
class pending_record
{
public:
    virtual ~pending_record() = default;

    /// Whether there is something to write at all. Called once, before make() and on the same thread: the place for
    /// reading what is no call for certain. If not, the record is settled with errc::failed, and counted nowhere.
    virtual bool read() { return true; }

    /// What is to be written. Called once, on the recorder's thread: the place for decoding, parsing and pricing.
    virtual std::pair<request_record, bodies> make() = 0;

    /// Notes in the row what has changed since make(). Called at each try to write it, on the recorder's thread.
    virtual void amend(request_record&) const {}

    /// What became of it: no error once it is committed. Called once, on the recorder's thread; must not block.
    virtual void settle(boost::system::error_code) noexcept {}

    /// What it holds in memory, for the queue's bound.
    virtual std::size_t bytes() const = 0;

    /// Gives up what makes it large; the row stays. Called at most once, by push, on the caller's thread.
    virtual void drop_bodies() {}

    /// Whether somebody waits for the commit: the batch then does not wait for company.
    virtual bool is_awaited() const { return false; }

    /// Whether another record of the same call will follow, whose row takes this one's place: then this one is counted
    /// neither as written nor as dropped.
    virtual bool is_provisional() const { return false; }

private:
    friend class recorder;
    pending_record* next_ = nullptr;
    std::size_t counted_bytes_ = 0;
};

struct recorder_options {
    std::string path; ///< the database, which must be migrated
    std::size_t max_queue_bytes = 0;
    bool sync_each_commit = false; ///< synchronous=FULL: a commit survives a power cut, not only a killed process
};

/// Writes what calls leave behind, on one thread of its own behind the traffic, in batches. Storage trouble never
/// reaches the caller: what cannot be written waits, up to a bound, and is counted when it must be dropped.
class recorder
{
public:
    recorder(recorder_options options, metrics::registry& metrics);

    /// Stops, as stop() does.
    ~recorder();

    /// Starts the thread.
    void start();

    /// Hands over a call; any thread, never blocks, takes no lock. Beyond the queue's bound a record loses its
    /// bodies, and beyond an eighth more it is dropped, counted, and settled with errc::busy at once.
    void push(std::unique_ptr<pending_record> record);

    /// Writes all that was pushed, then ends the thread. While the store refuses, it is tried again until `patience`
    /// is over; what is left then is dropped and counted. Returns the number of records dropped here.
    std::size_t stop(std::chrono::milliseconds patience);

    /// Why the store cannot be written now; empty when it can. Any thread.
    std::string trouble() const;

    /// Gives the recorder its share of a busy processor when it is late; says whether anything waits to be written, and
    /// this is to be called again. Any thread, now and then; costs a look at the clock.
    bool keep_up();

    /// Finds out whether the store can be written when no call does. `found` is called once trouble() tells: here if it
    /// does already, else on the recorder's thread, which it must not hold up. Any thread, never blocks.
    void probe(std::function<void()> found);

    /// Whether the store takes what comes: there is no trouble, and little waits. Any thread.
    bool is_keeping_up() const;

private:
    struct item; ///< a record that has been made and is not yet settled
    class store;

    void run(std::vector<item> batch);
    void enqueue(pending_record* record);
    pending_record* wait_for_records(std::size_t& count);
    void write(std::vector<item>& batch);
    boost::system::error_code write_patiently(std::span<item> items);
    void settle(item& what, boost::system::error_code error, char const* drop_reason = nullptr);
    void let_go(item& what, boost::system::error_code error);
    bool is_patient() const;
    bool is_late() const;
    void set_trouble(std::string text);
    void answer_probes();

    recorder_options const options_;
    std::unique_ptr<store> store_;
    std::thread thread_;
    background_priority priority_;

    std::atomic<pending_record*> head_{nullptr};                     ///< newest first
    std::atomic<std::chrono::steady_clock::time_point> oldest_at_{}; ///< when the list got its first record
    std::atomic<std::chrono::steady_clock::time_point> stands_back_since_{std::chrono::steady_clock::time_point::max()};
    std::atomic<bool> hurry_{false}; ///< somebody waits for a record in the list
    std::counting_semaphore<> hurried_{0};
    std::unique_ptr<pending_record> stop_mark_, probe_mark_;
    std::atomic<bool> probing_{false};
    std::atomic<bool> stopping_{false};
    std::atomic<std::chrono::steady_clock::time_point> stop_deadline_{};
    std::atomic<std::int64_t> queued_records_{0}, queued_bytes_{0};
    std::size_t dropped_at_stop_ = 0;

    mutable std::mutex trouble_mutex_;
    std::string trouble_;
    bool ended_ = false;                        ///< nothing is written any more
    std::vector<std::function<void()>> asking_; ///< what probes wait for

    metrics::counter& written_;
    metrics::family<metrics::counter>& dropped_;
    metrics::histogram& commit_seconds_;
};

} // namespace weir::storage
