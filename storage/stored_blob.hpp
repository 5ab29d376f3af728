#pragma once

#include "storage/errors.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

struct sqlite3_blob;

namespace weir::storage
{

class connection;

/// A BLOB in the database that is read in parts, without the rest. For one transaction, which must not have written to
/// its row meanwhile.
class stored_blob
{
public:
    /// errc::failed when there is no such row.
    static result<stored_blob> open(connection& db, char const* table, char const* column, std::int64_t row);

    /// Goes on with another row; after an error it cannot be read any more.
    result<void> move_to(std::int64_t row);

    std::size_t size() const;
    /// errc::failed when it has not as many bytes there.
    result<void> read(std::size_t at, std::span<char> to) const;

private:
    struct closer {
        void operator()(sqlite3_blob* blob) const;
    };
    explicit stored_blob(sqlite3_blob* blob)
        : blob_(blob)
    {
    }

    std::unique_ptr<sqlite3_blob, closer> blob_;
};

} // namespace weir::storage
