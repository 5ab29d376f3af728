#include "api/provider_keys.hpp"

#include "net/text.hpp"

#include <algorithm>

namespace asio = boost::asio;

namespace weir::api
{
namespace
{

constexpr std::int64_t most_listed_provider_keys = 1000;
constexpr std::size_t longest_key = 8192; // bytes: more than any header that a provider takes

failure no_master_key()
{
    return conflict("there is no master key to seal provider keys with: set vault.master_key_file or "
                    "WEIR_VAULT_MASTER_KEY");
}

failure no_provider_key() { return not_found("Provider key not found or no access"); }

} // namespace

decrypted_provider_key shown(storage::provider_key const& key)
{
    decrypted_provider_key made;
    made.id = key.id.text();
    made.org_id = key.organization_public_id;
    made.provider_name = key.provider;
    if (!key.name.empty()) made.provider_key_name = key.name;
    made.provider_key = masked(key.key);
    return made;
}

std::string masked(std::string_view secret)
{
    constexpr std::size_t shown_in_front = 3, shown_behind = 4, shortest = 12;
    std::string const hidden = "…";
    if (secret.size() < shortest) return hidden;
    return std::string(secret.substr(0, shown_in_front)) + hidden +
           std::string(secret.substr(secret.size() - shown_behind));
}

std::optional<failure> problem_with(std::string_view field, std::string_view name)
{
    if (auto const problem = storage::problem_with_name(name)) return invalid(std::string(field) + ": " + *problem);
    return std::nullopt;
}

result<std::string> read_provider_key(std::string_view field, std::string_view key)
{
    auto const trimmed = net::trimmed(key);
    auto const at = std::string(field) + ": ";
    if (trimmed.empty()) return invalid(at + "is empty");
    if (trimmed.size() > longest_key) return invalid(at + "is longer than " + std::to_string(longest_key) + " bytes");
    bool const fits = std::ranges::all_of(trimmed, [](char c) { return c > 0x20 && c < 0x7F; });
    if (!fits) return invalid(at + "has characters that cannot stand in a header");
    return std::string(trimmed);
}

failure told_of_provider_key(boost::system::error_code why, services const& with)
{
    if (why == storage::errc::not_found) return no_provider_key();
    if (why == storage::errc::wrong_key && !with.vault) return no_master_key();
    if (why == storage::errc::wrong_key)
        return conflict("the master key does not open what is stored: vault.master_key_file, or WEIR_VAULT_MASTER_KEY, "
                        "is another than the provider key was sealed with");
    return why;
}

asio::awaitable<result<std::string>> add_provider_key(storage::provider_key_wish wish, services& with)
{
    if (!with.vault) co_return no_master_key();
    auto const query = [&vault = *with.vault, whose = with.organization, wish = std::move(wish),
                        now = with.now_us()](storage::connection& db) {
        return storage::create_provider_key(db, vault, whose, wish, now);
    };
    auto const id = co_await with.store.write_keys(query);
    if (!id) co_return told_of_provider_key(id.error(), with);
    co_return id->text();
}

asio::awaitable<result<std::vector<storage::provider_key>>> all_provider_keys(services& with)
{
    auto const query = [vault = with.vault, whose = with.organization](storage::connection& db) {
        return storage::list_provider_keys(db, vault, whose, most_listed_provider_keys);
    };
    auto found = co_await with.store.read(query);
    if (!found) co_return told_of_provider_key(found.error(), with);
    co_return std::move(*found);
}

asio::awaitable<result<storage::provider_key>> provider_key_by_id(std::string id, services& with)
{
    auto const parsed = storage::uuid::parse(id);
    if (!parsed) co_return no_provider_key();
    auto const query = [vault = with.vault, whose = with.organization, id = *parsed](storage::connection& db) {
        return storage::find_provider_key(db, vault, whose, id);
    };
    auto found = co_await with.store.read(query);
    if (!found) co_return told_of_provider_key(found.error(), with);
    co_return std::move(*found);
}

asio::awaitable<result<null>> change_provider_key(std::string id, storage::provider_key_change change, services& with)
{
    auto const parsed = storage::uuid::parse(id);
    if (!parsed) co_return no_provider_key();
    auto const query = [vault = with.vault, whose = with.organization, id = *parsed,
                        change = std::move(change)](storage::connection& db) {
        return storage::change_provider_key(db, vault, whose, id, change);
    };
    auto const done = co_await with.store.write_keys(query);
    if (!done) co_return told_of_provider_key(done.error(), with);
    co_return null{};
}

asio::awaitable<result<null>> end_provider_key(std::string id, services& with)
{
    auto const parsed = storage::uuid::parse(id);
    if (!parsed) co_return no_provider_key();
    auto const query = [whose = with.organization, id = *parsed, now = with.now_us()](storage::connection& db) {
        return storage::end_provider_key(db, whose, id, now);
    };
    auto const done = co_await with.store.write_keys(query);
    if (!done) co_return told_of_provider_key(done.error(), with);
    co_return null{};
}

} // namespace weir::api
