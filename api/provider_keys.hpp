#pragma once

#include "api/failure.hpp"
#include "api/services.hpp"
#include "api/types.hpp"
#include "storage/provider_keys.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/describe/class.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the endpoints of the tags "Vault" and "API Key", which manage the same keys of providers, share.
namespace weir::api
{

/// A provider key without the key: `provider_key` is masked.
struct decrypted_provider_key {
    nullable<std::string> id, org_id, provider_name, provider_key_name, provider_key;
};
BOOST_DESCRIBE_STRUCT(decrypted_provider_key, (), (id, org_id, provider_name, provider_key_name, provider_key))

decrypted_provider_key shown(storage::provider_key const& key);

/// `sk-…abcd` of "sk-proj-0123abcd"; of a short secret nothing.
std::string masked(std::string_view secret);

/// What is wrong with a name in the body's member `field`, if anything is.
std::optional<failure> problem_with(std::string_view field, std::string_view name);

/// A key from the body's member `field`, without blanks around it; an error when it could not stand in a header.
result<std::string> read_provider_key(std::string_view field, std::string_view key);

boost::asio::awaitable<result<std::string>> add_provider_key(storage::provider_key_wish wish, services& with);
boost::asio::awaitable<result<std::vector<storage::provider_key>>> all_provider_keys(services& with);
boost::asio::awaitable<result<storage::provider_key>> provider_key_by_id(std::string id, services& with);
boost::asio::awaitable<result<null>> change_provider_key(std::string id, storage::provider_key_change change,
                                                         services& with);
boost::asio::awaitable<result<null>> end_provider_key(std::string id, services& with);

/// What the client is told when the store has no such key, or cannot open it.
failure told_of_provider_key(boost::system::error_code why, services const& with);

} // namespace weir::api
