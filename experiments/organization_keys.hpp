#pragma once

#include "storage/connection.hpp"
#include "storage/keys.hpp"
#include "storage/vault.hpp"

#include <optional>
#include <string>

namespace weir::experiments
{

/// The organisation's newest key of a provider (weir's id of it); none where the vault has none, or there is no vault.
storage::result<std::optional<storage::lent_key>> newest_key(storage::connection& db, storage::vault const* vault,
                                                             storage::organization_id organization,
                                                             std::string const& provider);

} // namespace weir::experiments
