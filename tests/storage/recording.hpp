#pragma once

#include "metrics/registry.hpp"
#include "storage/recorder.hpp"
#include "tests/support/newest_requests.hpp"
#include "tests/support/sample_database.hpp"
#include "tests/support/wait.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

/// A recorder on a database of its own, and records that say what became of them.
namespace weir::storage
{

/// What became of records, in order.
struct fates {
    std::mutex mutex;
    std::vector<std::pair<std::int64_t, boost::system::error_code>> settled;
    std::atomic<int> count{0};
    std::vector<std::thread::id> made_on;

    std::size_t good()
    {
        std::scoped_lock const lock(mutex);
        return static_cast<std::size_t>(
            std::count_if(settled.begin(), settled.end(), [](auto const& s) { return !s.second; }));
    }
};

class pending final : public pending_record
{
public:
    pending(fates& to, request_record r, bool awaited = false, std::size_t bytes = 1000)
        : to_(to)
        , record_(std::move(r))
        , awaited_(awaited)
        , bytes_(bytes)
    {
    }
    bool read() override { return record_.method != "UNREADABLE"; }
    std::pair<request_record, bodies> make() override
    {
        {
            std::scoped_lock const lock(to_.mutex);
            to_.made_on.push_back(std::this_thread::get_id());
        }
        if (record_.method == "THROW") throw std::runtime_error("a bug");
        if (!record_.has_body) return {record_, {}};
        auto const number = std::to_string(static_cast<std::int64_t>(record_.id));
        return {record_, {"asked " + number, std::string(record_.response_bytes, 'x') + "answered " + number, ""}};
    }
    void settle(boost::system::error_code error) noexcept override
    {
        {
            std::scoped_lock const lock(to_.mutex);
            to_.settled.emplace_back(static_cast<std::int64_t>(record_.id), error);
        }
        ++to_.count;
    }
    std::size_t bytes() const override { return bytes_; }
    void drop_bodies() override { bytes_ = std::min<std::size_t>(bytes_, row_bytes); }

    static constexpr std::size_t row_bytes = 1000; // what is left of one without its bodies
    bool is_awaited() const override { return awaited_; }

private:
    fates& to_;
    request_record record_;
    bool awaited_;
    std::size_t bytes_;
};

struct recording : fresh_database {
    fates became;
    metrics::registry metrics;
    recorder r{{.path = path, .max_queue_bytes = 10'000'000}, metrics};

    void push(std::int64_t id, bool awaited = false, std::size_t bytes = 1000)
    {
        r.push(std::make_unique<pending>(became, minimal(id), awaited, bytes));
    }
    void push(request_record record) { r.push(std::make_unique<pending>(became, std::move(record))); }
    void wait_for(int count)
    {
        auto const are_settled = [&] {
            r.keep_up(); // as the network threads see to it: else a busy machine leaves it no time at all
            return became.count >= count;
        };
        test::eventually(are_settled, std::to_string(count) + " records to be settled");
    }
    std::size_t rows() { return newest_requests(db, default_organization, 100'000, 0).value().size(); }
    bool says(std::string const& line) { return metrics.text().find("\n" + line + "\n") != std::string::npos; }
};

} // namespace weir::storage
