#pragma once

#include "mock/request.hpp"

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>

namespace weir::mock
{

/// What the mock has seen, for `/_mock/requests` and `/_mock/stats`. Threads: any.
class journal
{
public:
    /// With `record` false only the figures are kept.
    explicit journal(bool record)
        : record_(record)
    {
    }

    bool records() const { return record_; }

    /// Returns the number of the new connection, counted from 1.
    std::uint64_t connection_opened();
    void connection_closed() { --open_; }

    /// Enters a request whose head is complete. Returns its number for the calls below.
    std::uint64_t enter(request const& seen);

    /// The body is complete, or will not be.
    void set_body(std::uint64_t number, request const& seen);

    /// The answer went out as it was meant to, or the peer went away before that: `finished` or `aborted`, never both.
    void close(std::uint64_t number, bool aborted);

    /// True for the first `times` calls with this key.
    bool is_among_first(std::string const& key, std::uint64_t times);

    std::string requests_as_json() const;
    std::string stats_as_json() const;

    /// Forgets all requests, also what `is_among_first` counted.
    void clear();

private:
    struct entry {
        request seen;
        bool aborted = false;
        bool finished = false;
    };

    static constexpr std::size_t max_entries = 1000;
    static constexpr std::size_t max_text_bytes = 64 * 1024 * 1024; // of all bodies; older entries go first

    entry* find(std::uint64_t number);

    bool const record_;
    std::atomic<std::uint64_t> accepted_{0};
    std::atomic<std::uint64_t> open_{0};
    std::atomic<std::uint64_t> requests_{0};
    std::atomic<std::uint64_t> aborted_{0};
    mutable std::mutex mutex_;
    std::deque<entry> entries_;
    std::uint64_t first_number_ = 1; // of entries_.front()
    std::size_t text_bytes_ = 0;
    std::map<std::string, std::uint64_t> counted_;
};

} // namespace weir::mock
