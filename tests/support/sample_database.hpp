#pragma once

#include "net/unix_time.hpp"
#include "storage/connection.hpp"
#include "storage/request_record.hpp"
#include "tests/support/temp_folder.hpp"

#include <cstdint>
#include <string>

namespace weir::storage
{

/// 2024-01-15T12:00:00Z.
inline constexpr std::int64_t noon_us = 1'705'320'000'000'000;
using net::day_us;
using net::hour_us;
using net::minute_us;
using net::second_us;

inline constexpr organization_id other_organization{2};

/// A migrated database in a folder of its own.
struct fresh_database {
    test::temp_folder folder;
    std::string path = folder.file("weir.db");
    connection db;

    fresh_database();
};

/// A row with only what must be there.
request_record minimal(std::int64_t id);

/// The n-th row of a millisecond, with only what must be there: its keys are of that time. It took a second.
request_record minimal_at(std::int64_t time_us, std::int64_t n = 0);

/// A row with a value of its own in every member.
request_record complete(std::int64_t id);

/// Every member of a row as text, "name=value" lines: what two rows differ in shows when they are compared.
std::string told(request_record const& r);

/// Inserts rows, in one transaction, with what they add to the roll-ups.
result<void> insert(connection& db, std::vector<request_record> records, bodies const& content = {});

} // namespace weir::storage
