#pragma once

#include "storage/connection.hpp"
#include "storage/request_record.hpp"
#include "tests/support/temp_folder.hpp"

#include <string>

namespace weir::storage
{

/// A migrated database in a folder of its own.
struct fresh_database {
    test::temp_folder folder;
    std::string path = folder.file("weir.db");
    connection db;

    fresh_database();
};

/// A row with only what must be there.
request_record minimal(std::int64_t id);

/// A row with a value of its own in every member.
request_record complete(std::int64_t id);

/// Every member of a row as text, "name=value" lines: what two rows differ in shows when they are compared.
std::string told(request_record const& r);

/// Inserts rows, in one transaction.
result<void> insert(connection& db, std::vector<request_record> records, bodies const& content = {});

} // namespace weir::storage
