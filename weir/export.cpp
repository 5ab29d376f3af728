#include "api/filters.hpp"
#include "api/request_export.hpp"
#include "storage/connection.hpp"
#include "storage/keys.hpp"
#include "storage/migrations.hpp"
#include "storage/sql_functions.hpp"
#include "weir/commands.hpp"
#include "weir/progress.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>

namespace weir
{
namespace
{

std::optional<api::export_format> format_of(std::string const& name)
{
    if (name == "jsonl") return api::export_format::jsonl;
    if (name == "csv") return api::export_format::csv;
    return std::nullopt;
}

using file = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

/// Standard output is not closed here.
file open_output(std::string const& path)
{
    if (path.empty()) return {stdout, [](std::FILE*) { return 0; }};
    return {std::fopen(path.c_str(), "wb"), std::fclose};
}

/// Writes all of it; the error is a line for the operator.
boost::system::result<void, std::string> write_all(api::request_export& what, storage::connection& db, std::FILE* to,
                                                   std::string const& database)
{
    progress_line line;
    while (!what.is_done()) {
        auto const piece = what.step(db);
        if (!piece) return database + ": " + piece.error().message() + ": the export is not complete";
        if (std::fwrite(piece->data(), 1, piece->size(), to) != piece->size()) break;
        line.show([&] {
            return "exported " + std::to_string(what.calls()) + " calls, up to " +
                   minute_text(storage::time_of(what.reached())) + " UTC";
        });
    }
    if (std::fflush(to) != 0 || std::ferror(to) != 0)
        return std::string("the export cannot be written (") + std::strerror(errno) + "), and is not complete";
    return {};
}

} // namespace

int export_calls(configuration_arguments const& arguments, export_arguments const& what)
{
    auto const settings = load_settings_without_listening(arguments);
    if (!settings) return 2;
    auto const format = format_of(what.format);
    if (!format) return fail(2, "--format " + what.format + ": write jsonl or csv");
    auto filter = api::parse_filter(what.filter, "--filter");
    if (!filter) return fail(2, filter.error().text);

    auto const& path = settings->storage.path;
    std::string problem;
    auto db = storage::open_current(path, problem);
    if (!db) return fail(1, problem);
    auto const organization = storage::find_organization(*db, what.organization);
    if (!organization && organization.error() == storage::errc::not_found)
        return fail(2,
                    "--organization " + what.organization + ": there is none of that name; weir keys list shows them");
    auto const added = storage::add_sql_functions(*db);
    if (!organization || !added)
        return fail(1, path + ": " + (organization ? added.error() : organization.error()).message());

    auto const to = open_output(what.output);
    if (!to) return fail(1, what.output + " cannot be written: " + std::strerror(errno));
    api::request_export whole(*organization, std::move(*filter), *format);
    if (auto const written = write_all(whole, *db, to.get(), path); !written) return fail(1, written.error());
    if (!what.output.empty()) std::fprintf(stderr, "exported %lld calls\n", static_cast<long long>(whole.calls()));
    return 0;
}

} // namespace weir
