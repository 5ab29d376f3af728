#include "storage/recorder.hpp"

#include "log/log.hpp"
#include "storage/recorder_store.hpp"

#include <algorithm>

namespace weir::storage
{

using boost::system::error_code;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace
{

/// A transaction holds at most this many rows, so that a commit stays short.
constexpr std::size_t most_rows_per_commit = 500;

/// How long the first record of a batch waits for others while nobody waits for it.
constexpr milliseconds company_wait{15};

/// Little waits in the queue: one part in this many of its bound.
constexpr std::size_t little_waits = 16;

/// From so many records on, some milliseconds of work, the recorder stands back for the traffic; until the oldest that
/// waits is so old. Records are to be committed within 50 ms.
constexpr std::size_t many_records = 50;
constexpr milliseconds most_patience{20};

/// An error that says something of the one row, not of the store.
bool is_of_the_row(error_code error) { return error == errc::conflict || error == errc::failed; }

/// Stands in the list for something that the recorder is to do in turn.
class mark final : public pending_record
{
    std::pair<request_record, bodies> make() override { return {}; }
    std::size_t bytes() const override { return 0; }
};

} // namespace

recorder::recorder(recorder_options options, metrics::registry& metrics)
    : options_(std::move(options))
    , store_(std::make_unique<store>(options_))
    , stop_mark_(std::make_unique<mark>())
    , probe_mark_(std::make_unique<mark>())
    , written_(metrics.single_counter("weir_records_written_total", "Calls committed to the record."))
    , dropped_(metrics.counters("weir_records_dropped_total", "Calls that did not reach the record.", {"reason"}))
    , commit_seconds_(
          metrics.single_histogram("weir_commit_duration_seconds", "Time of one transaction of the recorder."))
{
    for (auto const* reason : {"queue_full", "refused", "stopped", "internal"}) dropped_.with({reason});
    metrics.gauge("weir_recorder_queue_records", "Calls that wait to be recorded.",
                  [this] { return static_cast<double>(queued_records_.load(std::memory_order_relaxed)); });
    metrics.gauge("weir_recorder_queue_bytes", "Memory of the calls that wait to be recorded.",
                  [this] { return static_cast<double>(queued_bytes_.load(std::memory_order_relaxed)); });
}

recorder::~recorder() { stop(milliseconds(0)); }

void recorder::start()
{
    store_->start();
    std::vector<item> batch; // its room is taken here, where a lack of memory is told
    batch.reserve(most_rows_per_commit);
    thread_ = std::thread([this, room = std::move(batch)]() mutable { run(std::move(room)); });
}

void recorder::push(std::unique_ptr<pending_record> record)
{
    auto bytes = record->bytes();
    auto const waiting = static_cast<std::size_t>(queued_bytes_.load(std::memory_order_relaxed));
    auto most = options_.max_queue_bytes;
    if (waiting + bytes > most) {
        // Bodies go before rows: what remains is small, and has some room of its own.
        record->drop_bodies();
        bytes = record->bytes();
        most += most / 8;
    }
    auto const before = queued_bytes_.fetch_add(static_cast<std::int64_t>(bytes), std::memory_order_relaxed);
    queued_records_.fetch_add(1, std::memory_order_relaxed);
    record->counted_bytes_ = bytes;
    if (static_cast<std::size_t>(before) + bytes > most) {
        item refused{std::move(record), {}, {}, {}};
        settle(refused, errc::busy, "queue_full");
        return;
    }
    bool const awaited = record->is_awaited();
    enqueue(record.release());
    if (awaited && !hurry_.exchange(true)) hurried_.release();
    if (awaited || is_late())
        priority_.raise(); // said by those who push: the recorder itself may be waiting for a processor
}

bool recorder::is_late() const
{
    auto const latest = steady_clock::now() - most_patience;
    return stands_back_since_.load(std::memory_order_relaxed) < latest ||
           (head_.load(std::memory_order_relaxed) && oldest_at_.load(std::memory_order_relaxed) < latest);
}

bool recorder::keep_up()
{
    if (is_late()) priority_.raise();
    return queued_records_.load(std::memory_order_relaxed) > 0;
}

void recorder::enqueue(pending_record* record)
{
    auto* head = head_.load(std::memory_order_relaxed);
    if (!head) oldest_at_.store(steady_clock::now(), std::memory_order_relaxed);
    do record->next_ = head;
    while (!head_.compare_exchange_weak(head, record, std::memory_order_release, std::memory_order_relaxed));
    if (!head) head_.notify_one();
}

std::size_t recorder::stop(milliseconds patience)
{
    if (!thread_.joinable()) return dropped_at_stop_;
    stop_deadline_ = steady_clock::now() + patience;
    stopping_ = true;
    priority_.raise();
    enqueue(stop_mark_.get());
    hurried_.release();
    thread_.join();
    store_->stop();
    return dropped_at_stop_;
}

void recorder::probe(std::function<void()> found)
{
    {
        std::scoped_lock const lock(trouble_mutex_);
        if (trouble_.empty() && !ended_) asking_.push_back(std::exchange(found, nullptr));
    }
    if (found) return found();
    if (!probing_.exchange(true)) enqueue(probe_mark_.get());
}

void recorder::answer_probes()
{
    std::vector<std::function<void()>> asking;
    {
        std::scoped_lock const lock(trouble_mutex_);
        asking.swap(asking_);
    }
    for (auto const& found : asking) found();
}

std::string recorder::trouble() const
{
    std::scoped_lock const lock(trouble_mutex_);
    return trouble_;
}

bool recorder::is_keeping_up() const
{
    auto const waiting = static_cast<std::size_t>(queued_bytes_.load(std::memory_order_relaxed));
    return waiting <= options_.max_queue_bytes / little_waits && trouble().empty();
}

void recorder::set_trouble(std::string text)
{
    {
        std::scoped_lock const lock(trouble_mutex_);
        if (trouble_ == text) return;
        if (text.empty())
            log::info("the record is being written again");
        else
            log::error("the record cannot be written; calls wait in memory", {{"reason", text}});
        trouble_ = std::move(text);
    }
    answer_probes(); // of good news or bad
}

bool recorder::is_patient() const { return !stopping_ || steady_clock::now() < stop_deadline_.load(); }

/// Sleeps until there are records, gives the first some time for company unless it is in a hurry, and takes them all,
/// oldest first.
pending_record* recorder::wait_for_records(std::size_t& count)
{
    head_.wait(nullptr);
    if (!hurry_ && !stopping_) static_cast<void>(hurried_.try_acquire_for(company_wait));
    if (hurry_.exchange(false)) static_cast<void>(hurried_.try_acquire());
    auto* newest = head_.exchange(nullptr, std::memory_order_acquire);
    pending_record* oldest = nullptr;
    for (count = 0; newest; ++count) {
        auto* const next = newest->next_;
        newest->next_ = oldest;
        oldest = newest;
        newest = next;
    }
    return oldest;
}

void recorder::run(std::vector<item> batch)
{
    priority_.begin();
    for (bool stop_seen = false; !stop_seen;) {
        std::size_t count = 0;
        auto* record = wait_for_records(count);
        if (count >= many_records && !options_.sync_each_commit) { // else calls wait for this thread
            stands_back_since_ = steady_clock::now();
            priority_.lower();
        }
        while (record) {
            auto* const next = record->next_;
            if (record == stop_mark_.get()) {
                stop_seen = true;
            } else if (record == probe_mark_.get()) {
                probing_ = false;
                static_cast<void>(write_patiently({}));
                answer_probes();
            } else {
                item made{std::unique_ptr<pending_record>(record), {}, {}, {}};
                try {
                    if (made.pending->read()) {
                        std::tie(made.record, made.content) = made.pending->make();
                        batch.push_back(std::move(made));
                    } else {
                        let_go(made, errc::failed);
                    }
                } catch (std::exception const& bug) {
                    log::error("a call could not be read for the record", {{"reason", bug.what()}});
                    settle(made, errc::failed, "internal");
                }
            }
            record = next;
            if (batch.size() == most_rows_per_commit || (!record && !batch.empty())) write(batch);
        }
        store_->checkpoint_if_due();
        stands_back_since_ = steady_clock::time_point::max();
        priority_.raise();
    }
    {
        std::scoped_lock const lock(trouble_mutex_);
        ended_ = true;
    }
    answer_probes();
}

/// Writes a batch. Where one of its rows is at fault, each row stands for itself.
void recorder::write(std::vector<item>& batch)
{
    auto const failure = write_patiently(batch);
    for (auto& i : batch) {
        auto const alone = is_of_the_row(failure) ? write_patiently({&i, 1}) : failure;
        if (is_of_the_row(alone))
            log::error("a call could not be recorded",
                       {{"request_id", i.record.request_id.text()}, {"reason", store_->message()}});
        else if (alone)
            ++dropped_at_stop_;
        settle(i, alone, !alone ? nullptr : is_of_the_row(alone) ? "refused" : "stopped");
    }
    batch.clear();
}

/// Writes some rows in one transaction, however long the store refuses; while stopping, only as long as stop() has
/// patience. An error that remains is that of a row, or the store's at the stop.
error_code recorder::write_patiently(std::span<item> items)
{
    for (milliseconds pause{20};; pause = std::min(pause * 2, milliseconds(500))) {
        auto const begun = steady_clock::now();
        auto const done = store_->write(items);
        commit_seconds_.observe(std::chrono::duration<double>(steady_clock::now() - begun).count());
        if (done) set_trouble({});
        if (done || is_of_the_row(done.error())) return done ? error_code{} : done.error();
        set_trouble(done.error().message() + " (" + store_->message() + ")");
        if (!is_patient()) return done.error();
        std::this_thread::sleep_for(pause);
    }
}

void recorder::settle(item& what, error_code error, char const* drop_reason)
{
    if (what.pending->is_provisional()) {
        // The record that follows is counted.
    } else if (drop_reason) {
        dropped_.with({drop_reason}).add();
    } else {
        written_.add();
    }
    let_go(what, error);
}

void recorder::let_go(item& what, error_code error)
{
    queued_bytes_.fetch_sub(static_cast<std::int64_t>(what.pending->counted_bytes_), std::memory_order_relaxed);
    queued_records_.fetch_sub(1, std::memory_order_relaxed);
    what.pending->settle(error);
}

} // namespace weir::storage
