#pragma once

#include "storage/errors.hpp"
#include "storage/uuid.hpp"

#include <string>
#include <string_view>

/// What nobody can guess, from OpenSSL's generator.
namespace weir::storage
{

/// A UUID of version 4.
result<uuid> random_uuid();

/// `prefix` and four groups `-xxxxxxx` of digits of base 36: 144 bits.
result<std::string> random_key(std::string_view prefix);

/// The form of those groups.
inline constexpr std::size_t key_groups = 4, key_group_length = 7;

} // namespace weir::storage
