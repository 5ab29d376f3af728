#pragma once

#include "metrics/registry.hpp"
#include "storage/recorder.hpp"
#include "tests/support/wait.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace weir::storage
{

/// Has a recorder of its own write rows, without bodies, into a database; returns once all are settled.
inline void record_calls(std::string const& path, std::vector<request_record> rows)
{
    class pending final : public pending_record
    {
    public:
        pending(request_record r, std::atomic<std::size_t>& settled)
            : record_(std::move(r))
            , settled_(settled)
        {
        }
        std::pair<request_record, bodies> make() override { return {record_, {}}; }
        void settle(boost::system::error_code) noexcept override { ++settled_; }
        std::size_t bytes() const override { return 1000; }
        void drop_bodies() override {}
        bool is_awaited() const override { return false; }

    private:
        request_record record_;
        std::atomic<std::size_t>& settled_;
    };

    metrics::registry metrics;
    std::atomic<std::size_t> settled = 0;
    recorder r({.path = path, .max_queue_bytes = 100'000'000}, metrics);
    auto const count = rows.size();
    for (auto& row : rows) r.push(std::make_unique<pending>(std::move(row), settled));
    r.start();
    auto const are_settled = [&] {
        r.keep_up(); // as the network threads see to it: else a busy machine leaves it no time at all
        return settled == count;
    };
    test::eventually(are_settled, "all calls to be settled");
}

} // namespace weir::storage
