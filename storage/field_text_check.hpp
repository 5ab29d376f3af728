#pragma once

#include "storage/errors.hpp"
#include "storage/group_fields.hpp"

#include <functional>
#include <optional>
#include <string>

namespace weir::storage
{

class connection;

/// Notes that a list may have texts that no group has any more.
result<void> check_field_texts(connection& db, field_name field);

/// A field whose list is to be looked at.
result<std::optional<std::string>> field_to_check(connection& db);

/// Takes those texts out of a list that no group has; errc::damaged when the list is. On the thread that makes groups;
/// `before_writing` is called before others are kept from writing.
result<void> forget_unused_texts(connection& db, std::string const& field, std::function<void()> const& before_writing);

} // namespace weir::storage
