#pragma once

#include "storage/connection.hpp"

#include <string>

namespace weir::storage
{

/// Opens the database for the writer: creates it, or brings it to this binary's schema, in one transaction. A file that
/// is not weir's, or newer than this binary, is left untouched and refused with errc::foreign.
///
/// `problem` gets the line for the operator on any failure.
result<connection> open_and_migrate(std::string const& path, std::string& problem);

/// Opens a database that is there and has this binary's schema, for a command that works beside a server: nothing is
/// created or migrated. `problem` as above.
result<connection> open_current(std::string const& path, std::string& problem);

/// The schema that this binary writes.
int latest_schema();

} // namespace weir::storage
