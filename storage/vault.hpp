#pragma once

#include "storage/errors.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace weir::storage
{

/// Seals secrets that the database keeps with AES-256-GCM under a master key that it does not have. Immutable; any
/// thread.
class vault
{
public:
    using master_key = std::array<unsigned char, 32>;

    explicit vault(master_key const& key)
        : key_(key)
    {
    }
    vault(vault const&) = default;
    vault& operator=(vault const&) = default;
    ~vault();

    /// A secret as it may be stored. It opens only together with `bound_to`, which says where it belongs.
    result<std::string> seal(std::string_view secret, std::string_view bound_to) const;

    /// The secret that was sealed; errc::wrong_key when it was sealed under another key or for another place, or was
    /// changed since.
    result<std::string> open(std::string_view sealed, std::string_view bound_to) const;

private:
    master_key key_;
};

/// The 32 bytes that a text of 64 hexadecimal digits or of base64 stands for; none when it is neither.
std::optional<vault::master_key> parse_master_key(std::string_view text);

} // namespace weir::storage
