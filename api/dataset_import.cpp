#include "api/dataset_import.hpp"

#include "api/csv.hpp"
#include "api/dataset_form.hpp"
#include "api/read_json.hpp"
#include "api/write_json.hpp"
#include "net/text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace json = boost::json;

namespace weir::api
{
namespace
{

failure wrong_line(std::size_t line, std::string_view why)
{
    return invalid("line " + std::to_string(line) + ": " + std::string(why));
}

result<row_to_import> read_training_line(std::string_view text, std::size_t number)
{
    json::value parsed;
    if (auto const bad = parse_json(text, parsed, "line " + std::to_string(number))) return invalid(*bad);
    auto* line = parsed.if_object();
    if (!line) return wrong_line(number, "must be a JSON object");
    for (auto const& member : *line) {
        std::string_view const key = member.key();
        if (key != "messages" && std::ranges::find(kept_members, key) == std::end(kept_members))
            return wrong_line(number, "unknown member \"" + std::string(key) + "\"");
    }
    if (auto const bad = problem_with_messages(line->if_contains("messages")); !bad.empty())
        return wrong_line(number, bad);
    auto& messages = line->at("messages").as_array();
    json::value answer = std::move(messages.back());
    messages.pop_back();
    json::value const response = {
        {"object", "chat.completion"},
        {"choices", json::array{{{"index", 0}, {"message", std::move(answer)}, {"finish_reason", "stop"}}}}};
    row_to_import row;
    row.content.request = to_json(parsed);
    row.content.response = to_json(response);
    return row;
}

/// Counts rows and hands them on.
class row_taker
{
public:
    explicit row_taker(row_user const& use)
        : use_(use)
    {
    }

    std::size_t count() const { return count_; }

    /// The one that stands on this line, or what is wrong with it.
    result<null> take(result<row_to_import> const& row, std::size_t line)
    {
        if (!row) return row.error();
        if (++count_ > most_imported_rows)
            return wrong_line(line, "at most " + std::to_string(most_imported_rows) + " rows at once");
        return use_(*row);
    }

private:
    row_user const& use_;
    std::size_t count_ = 0;
};

result<std::size_t> read_lines(std::string_view text, row_user const& use)
{
    row_taker rows(use);
    for (std::size_t number = 1; !text.empty(); ++number) {
        auto const end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (net::trimmed(line).empty()) continue;
        if (line.size() > longest_line)
            return wrong_line(number, "is longer than " + std::to_string(longest_line) + " bytes");
        if (auto const taken = rows.take(read_training_line(line, number), number); !taken) return taken.error();
    }
    return rows.count();
}

/// Where each column stands in the records.
struct csv_columns {
    std::optional<std::size_t> origin, request, response;
    std::size_t count = 0;
};

result<csv_columns> read_header(std::vector<std::string> const& names)
{
    csv_columns columns;
    columns.count = names.size();
    for (std::size_t i = 0; i < names.size(); ++i) {
        auto* const at = names[i] == origin_column     ? &columns.origin
                         : names[i] == request_column  ? &columns.request
                         : names[i] == response_column ? &columns.response
                                                       : nullptr;
        if (!at) return wrong_line(1, "unknown column \"" + names[i] + "\"");
        if (*at) return wrong_line(1, "column \"" + names[i] + "\" stands there twice");
        *at = i;
    }
    if (!columns.request || !columns.response)
        return wrong_line(1, "must name the columns request_body and response_body");
    return columns;
}

/// What is wrong with a field that has to be JSON.
std::optional<failure> problem_with_json(std::string_view text, std::size_t line, std::string_view column)
{
    auto const where = "line " + std::to_string(line) + ": " + std::string(column);
    json::value ignored;
    if (net::trimmed(text).empty()) return invalid(where + ": is empty");
    if (auto const bad = parse_json(text, ignored, where)) return invalid(*bad);
    return std::nullopt;
}

result<row_to_import> read_record(std::vector<std::string>&& fields, csv_columns const& columns, std::size_t line)
{
    if (fields.size() != columns.count)
        return wrong_line(line,
                          "has " + std::to_string(fields.size()) + " fields, not " + std::to_string(columns.count));
    row_to_import row;
    row.content = {std::move(fields[*columns.request]), std::move(fields[*columns.response])};
    if (auto bad = problem_with_json(row.content.request, line, request_column)) return std::move(*bad);
    if (auto bad = problem_with_json(row.content.response, line, response_column)) return std::move(*bad);
    if (!columns.origin || fields[*columns.origin].empty()) return row;
    row.origin = storage::uuid::parse(fields[*columns.origin]);
    if (!row.origin) return wrong_line(line, std::string(origin_column) + ": must be a UUID");
    return row;
}

result<std::size_t> read_csv(std::string_view text, row_user const& use)
{
    csv_reader reader(text);
    auto const header = reader.next(longest_line);
    if (!header) return header.error();
    auto const columns = read_header(*header);
    if (!columns) return columns.error();
    row_taker rows(use);
    for (;;) {
        auto fields = reader.next(longest_line);
        if (!fields) return fields.error();
        if (fields->empty()) return rows.count();
        if (fields->size() == 1 && fields->front().empty()) continue; // a blank line
        auto const taken = rows.take(read_record(std::move(*fields), *columns, reader.line()), reader.line());
        if (!taken) return taken.error();
    }
}

} // namespace

result<std::size_t> read_rows(std::string_view text, export_format format, row_user const& use)
{
    return format == export_format::csv ? read_csv(text, use) : read_lines(text, use);
}

} // namespace weir::api
