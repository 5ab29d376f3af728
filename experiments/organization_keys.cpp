#include "experiments/organization_keys.hpp"

#include "config/built_in_providers.hpp"
#include "storage/provider_keys.hpp"

namespace weir::experiments
{
namespace
{

constexpr std::int64_t most_keys = 1000;

} // namespace

storage::result<std::optional<storage::lent_key>> newest_key(storage::connection& db, storage::vault const* vault,
                                                             storage::organization_id organization,
                                                             std::string const& provider)
{
    if (!vault) return std::optional<storage::lent_key>();
    auto found = storage::list_provider_keys(db, vault, organization, most_keys);
    if (!found) return found.error();
    for (auto& one : *found)
        if (config::provider_id(one.provider) == provider)
            return std::optional(storage::lent_key{one.provider, std::move(one.key)});
    return std::optional<storage::lent_key>();
}

} // namespace weir::experiments
