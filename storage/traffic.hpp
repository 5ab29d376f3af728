#pragma once

#include "storage/errors.hpp"
#include "storage/request_record.hpp"

#include <compare>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <vector>

/// What the writer keeps of many rows: what calls of a quarter of an hour that are alike add up to (table `traffic`),
/// the names of properties that were ever used, and which rows have no group yet (storage/row_groups.hpp).
namespace weir::storage
{

class connection;

/// The quarter of an hour of a time: µs since 1970 UTC / 900 s.
inline constexpr std::int64_t quarter_us = 900'000'000;
constexpr std::int64_t quarter_of(std::int64_t time_us)
{
    return (time_us - (time_us % quarter_us + quarter_us) % quarter_us) / quarter_us;
}

/// Adds to a sum that stays where it is at its greatest value: anybody may log calls of any size.
inline void add_up(std::int64_t& sum, std::int64_t n)
{
    if (__builtin_add_overflow(sum, n, &sum))
        sum = n > 0 ? std::numeric_limits<std::int64_t>::max() : std::numeric_limits<std::int64_t>::min();
}

/// What some rows add to that. A batch's rows are mostly alike, so there are few cells to write.
class traffic_batch
{
public:
    /// Takes a row as it was inserted. One that is pending counts when its end comes.
    void add(request_record const& row);

    /// Writes what was added, within the rows' own transaction.
    result<void> write(connection& db) const;

private:
    struct key {
        organization_id organization{};
        std::int64_t quarter = 0;
        std::string model, provider;
        int status = 0;

        auto operator<=>(key const&) const = default;
    };
    struct sums {
        std::int64_t calls = 0, prompt = 0, completion = 0, total = 0, cache_read = 0, cache_write = 0, cost_nanos = 0,
                     latency_us = 0, first_token_us = 0, first_tokens = 0;
    };

    std::map<key, sums> cells_;
    std::set<std::pair<organization_id, std::string>> properties_;
    std::vector<row_id> rows_;
};

} // namespace weir::storage
