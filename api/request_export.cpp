#include "api/request_export.hpp"

#include "api/csv.hpp"
#include "api/helicone_request.hpp"
#include "api/write_json.hpp"
#include "storage/connection.hpp"

#include <algorithm>

namespace weir::api
{
namespace
{

constexpr std::size_t enough = 1024 * 1024; // bytes of a step

/// A member's value: nothing when it is null, texts and words as they are, all else as JSON.
void append_value(void const* from, shape const& what, std::string& to)
{
    switch (what.is) {
    case kind::optional:
    case kind::nullable: {
        struct {
            shape const& inner;
            std::string& to;
        } into{*what.inner, to};
        what.each(from, &into, [](void* with, std::string_view, void const* item) {
            auto& [inner, text] = *static_cast<decltype(into)*>(with);
            append_value(item, inner, text);
        });
        return;
    }
    case kind::string: return append_csv_field(*static_cast<std::string const*>(from), to);
    case kind::word: return append_csv_field(what.words[static_cast<std::size_t>(what.take(from))], to);
    case kind::integer:
    case kind::number:
    case kind::boolean: return write_json(from, what, to); // a number that is negative is no formula
    default: break;
    }
    std::string text;
    write_json(from, what, text);
    if (text != "null") append_csv_field(text, to);
}

void append_record(helicone_request const& shown, std::string& to)
{
    bool is_first = true;
    for (auto const& member : shape_of<helicone_request>.fields) {
        if (!is_first) to += ',';
        is_first = false;
        append_value(member.at(const_cast<helicone_request*>(&shown)), *member.of, to); // an accessor: nothing changes
    }
    to += "\r\n";
}

void append_header(std::string& to)
{
    for (auto const& member : shape_of<helicone_request>.fields) {
        if (&member != shape_of<helicone_request>.fields.data()) to += ',';
        to += member.name;
    }
    to += "\r\n";
}

} // namespace

void request_export::append(storage::request_row const& row, std::optional<storage::bodies> kept, std::string& to)
{
    auto shown = helicone_request_of(row);
    show_bodies(shown, row.record, std::move(kept));
    if (format_ == export_format::csv) return append_record(shown, to);
    auto const begin = static_cast<std::ptrdiff_t>(to.size());
    write_json(&shown, shape_of<helicone_request>, to);
    // Bodies stand in it as they came; a line's end within JSON is a blank.
    std::replace_if(
        to.begin() + begin, to.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    to += '\n';
}

storage::result<std::string> request_export::step(storage::connection& db)
{
    std::string text;
    if (!has_begun_) {
        auto const last = storage::last_row_id(db);
        if (!last) return last.error();
        at_.last = *last;
        has_begun_ = true;
        if (format_ == export_format::csv) append_header(text);
    }
    auto const add = [this, &text](storage::request_row const& row, std::optional<storage::bodies> kept) {
        append(row, std::move(kept), text);
        ++calls_;
        return text.size() < enough;
    };
    if (auto const walked = storage::walk_requests(db, organization_, what_, at_, add); !walked) return walked.error();
    return text;
}

} // namespace weir::api
