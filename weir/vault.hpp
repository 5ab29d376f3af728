#pragma once

#include "config/settings.hpp"
#include "storage/vault.hpp"

#include <boost/system/result.hpp>

#include <map>
#include <optional>
#include <string>

namespace weir
{

/// The vault under the master key that the environment (WEIR_VAULT_MASTER_KEY, which comes first) or the settings
/// name; none when neither does. The error is a line for the operator, without the key.
boost::system::result<std::optional<storage::vault>, std::string> load_vault(
    config::settings const& settings, std::map<std::string, std::string> const& environment);

} // namespace weir
