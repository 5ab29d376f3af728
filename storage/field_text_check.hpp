#pragma once

#include "storage/errors.hpp"

#include <functional>

namespace weir::storage
{

class connection;

/// Takes those texts out of one list that no group has any more, if groups of its field were deleted; false when there
/// is nothing to do. On the thread that makes groups; `before_writing` is called before others are kept from writing.
result<bool> forget_unused_texts(connection& db, std::function<void()> const& before_writing);

} // namespace weir::storage
