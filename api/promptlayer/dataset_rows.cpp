#include "api/promptlayer/dataset_rows.hpp"

#include "api/csv.hpp"
#include "api/read_json.hpp"
#include "api/write_json.hpp"
#include "net/text.hpp"
#include "prompts/stored_json.hpp"
#include "storage/connection.hpp"
#include "storage/numbers.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <set>

namespace json = boost::json;

namespace weir::api::promptlayer
{
namespace
{

constexpr std::size_t longest_record = 16 * 1024 * 1024, longest_column_name = 1024;

std::string quoted(std::string_view text)
{
    std::string made;
    write_string(text, made);
    return made;
}

/// A cell for each variable of a prompt.
void add_variables(std::string const& inputs, storage::dataset_version_row& to)
{
    boost::system::error_code bad;
    auto const parsed = prompts::parse_stored(inputs, bad);
    auto const* object = bad ? nullptr : parsed.if_object();
    if (!object) return;
    for (auto const& each : *object)
        to.cells.emplace_back("variable." + std::string(each.key()), json::serialize(each.value()));
}

std::optional<failure> problem_with_columns(std::vector<std::string> const& names)
{
    if (names.size() > most_dataset_columns) return invalid("the file has more than 1000 columns");
    std::set<std::string_view> known;
    for (auto const& name : names) {
        if (name.empty()) return invalid("the file has a column without a name");
        if (name.size() > longest_column_name) return invalid("the name of a column is longer than 1024 bytes");
        if (!known.insert(name).second) return invalid("the file has two columns " + quoted(name));
    }
    return std::nullopt;
}

} // namespace

storage::result<std::vector<storage::dataset_version_row>> rows_of_calls(storage::connection& db,
                                                                         storage::organization_id whose,
                                                                         std::span<storage::history_row const> calls)
{
    std::vector<storage::dataset_version_row> rows;
    rows.reserve(calls.size());
    for (auto const& call : calls) {
        auto const number = storage::number_of(db, whose, storage::numbered::request, call.request);
        if (!number) return number.error();
        auto& row = rows.emplace_back();
        row.request = call.request;
        row.cells = {{"request_id", std::to_string(*number)},
                     {"input", quoted(call.input)},
                     {"output", quoted(call.output)},
                     {"tags", call.tags},
                     {"metadata", call.properties}};
        add_variables(call.inputs, row);
    }
    return rows;
}

result<std::vector<storage::dataset_version_row>> rows_of_csv(std::string_view text)
{
    csv_reader records(text);
    auto names = records.next(longest_record);
    if (!names) return names.error();
    if (names->empty()) return invalid("the file has no record with the names of its columns");
    for (auto& name : *names) name = net::clean_text(name);
    if (auto bad = problem_with_columns(*names)) return *bad;
    std::vector<storage::dataset_version_row> rows;
    for (;;) {
        auto fields = records.next(longest_record);
        if (!fields) return fields.error();
        if (fields->empty()) return rows;
        auto const line = "line " + std::to_string(records.line());
        if (fields->size() == 1 && fields->front().empty() && names->size() > 1) continue; // an empty line
        if (fields->size() > names->size()) return invalid(line + ": has more fields than there are columns");
        if (std::ssize(rows) == most_dataset_rows) return invalid("the file has more than 50000 rows");
        auto& row = rows.emplace_back();
        for (std::size_t i = 0; i < names->size(); ++i)
            row.cells.emplace_back((*names)[i],
                                   i < fields->size() ? quoted(net::clean_text((*fields)[i])) : std::string("null"));
    }
}

result<std::vector<storage::dataset_version_row>> rows_of_json(std::string_view text)
{
    constexpr std::string_view mark = "\xEF\xBB\xBF"; // of UTF-8
    if (text.starts_with(mark)) text.remove_prefix(mark.size());
    json::value parsed;
    if (auto const bad = parse_json(text, parsed, "the file")) return invalid(*bad);
    auto const* array = parsed.if_array();
    if (!array) return invalid("the file must be a JSON array of objects");
    if (std::ssize(*array) > most_dataset_rows) return invalid("the file has more than 50000 rows");
    std::vector<storage::dataset_version_row> rows;
    std::vector<std::string> names;
    std::set<std::string, std::less<>> known;
    for (auto const& each : *array) {
        auto const* object = each.if_object();
        if (!object) return invalid("row " + std::to_string(rows.size() + 1) + " of the file is no object");
        auto& row = rows.emplace_back();
        for (auto const& member : *object) {
            row.cells.emplace_back(member.key(), json::serialize(member.value()));
            if (!known.contains(row.cells.back().first)) {
                known.insert(row.cells.back().first);
                names.push_back(row.cells.back().first);
            }
        }
    }
    if (auto bad = problem_with_columns(names)) return *bad;
    return rows;
}

std::optional<std::string> decoded_base64(std::string_view text)
{
    if (text.size() % 4 != 0 || text.size() > INT32_MAX) return std::nullopt;
    std::string bytes(text.size() / 4 * 3, '\0');
    auto const length =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                        reinterpret_cast<unsigned char const*>(text.data()), static_cast<int>(text.size()));
    if (length < 0) return std::nullopt;
    auto padding = static_cast<std::size_t>(
        std::ranges::count(text.substr(text.size() - std::min<std::size_t>(2, text.size())), '='));
    bytes.resize(static_cast<std::size_t>(length) - padding);
    return bytes;
}

} // namespace weir::api::promptlayer
