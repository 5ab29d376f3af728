#include "storage/keys.hpp"

#include "net/text.hpp"
#include "net/unix_time.hpp"
#include "storage/connection.hpp"
#include "storage/migrations.hpp"
#include "weir/commands.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <optional>

namespace weir
{
namespace
{

/// The database that the configuration names, made when it is missing. When there is none, `code` is the exit code and
/// the reason was printed.
std::optional<storage::connection> open_database(configuration_arguments arguments, int& code)
{
    code = 2;
    auto const settings = load_settings_without_listening(std::move(arguments));
    if (!settings) return std::nullopt;
    std::string problem;
    auto db = storage::open_and_migrate(settings->storage.path, problem);
    if (db) return std::move(*db);
    code = fail(1, problem);
    return std::nullopt;
}

std::string what_failed(boost::system::error_code error)
{
    return error.message() + (error == storage::errc::busy ? ": try again" : "");
}

/// "2026-11-25 09:30:00"
std::string utc(std::int64_t time_us)
{
    std::time_t const seconds = time_us / 1'000'000;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts)};
}

using line = std::array<std::string, 6>;

/// Lines in columns that are as wide as their widest cell. A character is taken for as wide as any other.
std::string table(std::vector<line> const& lines)
{
    using net::character_count;
    std::array<std::size_t, std::tuple_size_v<line>> widths{};
    for (auto const& cells : lines)
        for (std::size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], character_count(cells[i]));
    std::string out;
    for (auto const& cells : lines) {
        std::string text;
        for (std::size_t i = 0; i < cells.size(); ++i)
            text += cells[i] + std::string(widths[i] - character_count(cells[i]) + 2, ' ');
        out.append(text, 0, text.find_last_not_of(' ') + 1).append("\n");
    }
    return out;
}

} // namespace

int create_key(configuration_arguments const& arguments, key_arguments const& wish)
{
    auto const permissions = storage::permissions_of(wish.permissions);
    if (!permissions)
        return fail(2, "--permissions " + wish.permissions +
                           ": write rw, r (read the record) or w (calls through the gateway)");
    for (auto const& [option, name] : {std::pair{"--name", &wish.name}, {"--organization", &wish.organization}})
        if (auto const problem = storage::problem_with_name(*name))
            return fail(2, std::string(option) + ": the name " + *problem);

    int code = 0;
    auto db = open_database(arguments, code);
    if (!db) return code;
    auto const made = storage::create_key(
        *db, {.name = wish.name, .organization = wish.organization, .permissions = *permissions}, net::unix_now_us());
    if (!made) return fail(1, "no key was made: " + what_failed(made.error()));
    if (std::printf("%s\n", made->key.c_str()) < 0 || std::fflush(stdout) != 0) {
        static_cast<void>(storage::revoke_key(*db, made->id, net::unix_now_us()));
        return fail(1, "the key could not be written to standard output, and was revoked: make another");
    }
    if (made->made_organization)
        std::fprintf(stderr, "weir: the organisation \"%s\" is new\n", wish.organization.c_str());
    return 0;
}

int list_keys(configuration_arguments const& arguments)
{
    int code = 0;
    auto db = open_database(arguments, code);
    if (!db) return code;
    auto const keys = storage::list_keys(*db);
    if (!keys) return fail(1, "the keys cannot be read: " + what_failed(keys.error()));
    std::vector<line> lines{{"ID", "NAME", "ORGANISATION", "PERMISSIONS", "CREATED (UTC)", "REVOKED (UTC)"}};
    for (auto const& k : *keys)
        lines.push_back({std::to_string(k.id), k.name, k.organization_name, std::string(name_of(k.permissions)),
                         utc(k.created_us), k.revoked_us ? utc(*k.revoked_us) : "-"});
    auto const text = table(lines);
    if (std::fputs(text.c_str(), stdout) < 0 || std::fflush(stdout) != 0)
        return fail(1, "the list could not be written to standard output");
    return 0;
}

int revoke_key(configuration_arguments const& arguments, std::string const& id)
{
    auto const number = net::parse_number(id);
    if (!number || *number > INT64_MAX) return fail(2, "\"" + id + "\" is no ID: weir keys list shows them");
    int code = 0;
    auto db = open_database(arguments, code);
    if (!db) return code;
    auto const done = storage::revoke_key(*db, static_cast<std::int64_t>(*number), net::unix_now_us());
    if (done) return 0;
    if (done.error() == storage::errc::not_found)
        return fail(1, "there is no key with the ID " + id + ": weir keys list shows them");
    return fail(1, "the key was not revoked: " + what_failed(done.error()));
}

} // namespace weir
