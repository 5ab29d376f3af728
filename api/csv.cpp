#include "api/csv.hpp"

#include <algorithm>

namespace weir::api
{
namespace
{

bool begins_formula(std::string_view text)
{
    return !text.empty() && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
}

} // namespace

void append_csv_field(std::string_view text, std::string& to)
{
    bool const is_quoted = text.find_first_of(",\"\r\n") != text.npos;
    if (is_quoted) to += '"';
    if (begins_formula(text)) to += '\'';
    for (char const c : text) {
        if (c == '"') to += '"';
        to += c;
    }
    if (is_quoted) to += '"';
}

csv_reader::csv_reader(std::string_view text)
    : rest_(text)
{
    if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
}

failure csv_reader::fail(std::string_view why) const
{
    return invalid("line " + std::to_string(line_) + ": " + std::string(why));
}

result<std::string> csv_reader::quoted_field()
{
    std::string text;
    for (rest_.remove_prefix(1);;) {
        auto const quote = rest_.find('"');
        if (quote == rest_.npos) return fail("a quote is not closed");
        text += rest_.substr(0, quote);
        rest_.remove_prefix(quote + 1);
        if (!rest_.starts_with('"')) break;
        text += '"';
        rest_.remove_prefix(1);
    }
    next_line_ += static_cast<std::size_t>(std::ranges::count(text, '\n'));
    bool const is_ended = rest_.empty() || rest_.front() == ',' || rest_.front() == '\n' || rest_.starts_with("\r\n");
    if (!is_ended) return fail("text follows a quoted field");
    return text;
}

result<std::string> csv_reader::field()
{
    if (rest_.starts_with('"')) return quoted_field();
    auto const end = std::min(rest_.find_first_of(",\n"), rest_.size());
    auto text = rest_.substr(0, end);
    rest_.remove_prefix(end);
    if (rest_.starts_with('\n') && text.ends_with('\r')) text.remove_suffix(1);
    if (text.find('"') != text.npos) return fail("a quote stands within a field that is not quoted");
    return std::string(text);
}

result<std::vector<std::string>> csv_reader::next(std::size_t most)
{
    std::vector<std::string> fields;
    line_ = next_line_;
    std::size_t size = 0;
    while (!rest_.empty()) {
        auto text = field();
        if (!text) return text.error();
        size += text->size();
        if (size > most) return fail("is longer than " + std::to_string(most) + " bytes");
        if (text->starts_with('\'') && begins_formula(std::string_view(*text).substr(1))) text->erase(0, 1);
        fields.push_back(std::move(*text));
        bool const has_more = rest_.starts_with(',');
        if (!has_more && rest_.starts_with('\r')) rest_.remove_prefix(1);
        if (!rest_.empty()) rest_.remove_prefix(1);
        if (has_more && rest_.empty()) fields.emplace_back();
        if (!has_more) break;
    }
    ++next_line_;
    return fields;
}

} // namespace weir::api
