#include "evaluation/report_functions.hpp"

#include "evaluation/json_path.hpp"
#include "evaluation/values.hpp"

#include <boost/json/array.hpp>
#include <boost/json/string.hpp>
#include <re2/re2.h>

#include <algorithm>
#include <cmath>
#include <memory>

namespace weir::evaluation
{
namespace
{

/// Of what a pattern or a path finds, and columns that one may name.
constexpr std::size_t most_matches = 10'000, most_sources = 50;

constexpr std::string_view blanks = " \t\r\n\f\v";

cell_result told(json::value value) { return {std::move(value), {}}; }
cell_result fault(std::string why) { return {std::nullopt, std::move(why)}; }

json::value const& cell(row_cells const& of, std::string const& name) { return of.at(name); }

/// A number without a fraction as a whole one.
json::value number_value(double number)
{
    constexpr double most = 9007199254740992.0; // 2^53
    if (std::abs(number) <= most && std::trunc(number) == number) return static_cast<std::int64_t>(number);
    return number;
}

std::string in_quotes(std::string const& column) { return "\"" + column + "\""; }

/// Equal as JSON, where 1 and 1.0 are the same.
bool are_same(json::value const& a, json::value const& b)
{
    if (a.is_number() && b.is_number()) return a == b || a.to_number<double>() == b.to_number<double>();
    auto const *const left = a.if_array(), *const right = b.if_array();
    if (left && right)
        return left->size() == right->size() && std::equal(left->begin(), left->end(), right->begin(), are_same);
    auto const *const one = a.if_object(), *const other = b.if_object();
    if (!one || !other) return a == b;
    return one->size() == other->size() && std::all_of(one->begin(), one->end(), [other](auto const& member) {
               auto const* const found = other->if_contains(member.key());
               return found && are_same(member.value(), *found);
           });
}

/// What stands in a cell as JSON, at a path if there is one.
cell_result json_at(row_cells const& row, std::string const& column, std::optional<json_path> const& path)
{
    auto parsed = as_json(cell(row, column));
    if (!parsed) return fault(in_quotes(column) + " is no JSON");
    if (!path) return told(std::move(*parsed));
    auto const* const found = path->find(*parsed);
    return found ? told(*found) : fault("nothing stands at the json_path in " + in_quotes(column));
}

std::optional<json_path> read_path(configuration_reader& from, std::string_view name, bool is_needed)
{
    auto const text = is_needed ? std::optional(from.needed_text(name)) : from.text(name);
    if (!text || !from.is_good()) return std::nullopt;
    auto path = json_path::parse(*text, json_path::wildcards::allowed);
    if (!path) from.fail(name, "must be a path such as $.items[0].name or $.items[*].name");
    return path;
}

column_function read_compare(configuration_reader& from, std::vector<std::string>& sources)
{
    sources = from.sources("sources", 2, 2);
    if (!from.has("comparison_type")) from.fail("comparison_type", "is required");
    auto const comparison = from.object("comparison_type");
    auto in = from.within("comparison_type", comparison);
    bool const is_json = in.needed_word("type", {"STRING", "JSON"}) == "JSON";
    if (!is_json && in.has("json_path")) in.fail("json_path", "is for the type JSON");
    auto const path = read_path(in, "json_path", false);
    if (!from.is_good()) return {};
    return [is_json, path, left = sources[0], right = sources[1]](row_cells const& row) {
        if (!is_json) return told(as_text(cell(row, left)) == as_text(cell(row, right)));
        auto const one = json_at(row, left, path);
        if (!one.value) return one;
        auto const other = json_at(row, right, path);
        if (!other.value) return other;
        return told(are_same(*one.value, *other.value));
    };
}

column_function read_contains(configuration_reader& from, std::vector<std::string>& sources)
{
    sources.push_back(from.source("source"));
    bool const has_value = from.has("value"), has_source = from.has("value_source");
    if (has_value == has_source) from.fail("value", "either this or value_source is needed");
    auto const value = has_value ? folded(from.needed_text("value")) : std::string();
    if (has_source) sources.push_back(from.source("value_source"));
    return [value, source = sources[0], other = has_source ? sources[1] : std::string()](row_cells const& row) {
        auto const part = other.empty() ? value : folded(as_text(cell(row, other)));
        return told(has_part(folded(as_text(cell(row, source))), part));
    };
}

std::shared_ptr<RE2 const> read_regex_pattern(configuration_reader& from)
{
    auto const pattern = from.needed_text("regex_pattern");
    if (!from.is_good()) return nullptr;
    std::string bad;
    auto compiled = read_pattern(pattern, false, bad);
    if (!compiled) from.fail("regex_pattern", bad);
    return compiled;
}

column_function read_regex(configuration_reader& from, std::vector<std::string>& sources)
{
    sources.push_back(from.source("source"));
    auto const pattern = read_regex_pattern(from);
    return [pattern, source = sources[0]](row_cells const& row) {
        return told(RE2::PartialMatch(as_text(cell(row, source)), *pattern));
    };
}

json::string text_of(re2::StringPiece const& piece)
{
    return piece.data() ? json::string(piece.data(), piece.size()) : json::string();
}

/// A match as it is; where the pattern has groups, these.
json::value match_value(std::vector<re2::StringPiece> const& parts)
{
    if (parts.size() <= 2) return text_of(parts.back());
    json::array groups;
    for (std::size_t i = 1; i < parts.size(); ++i) groups.emplace_back(text_of(parts[i]));
    return groups;
}

cell_result all_matches(std::string const& text, RE2 const& pattern)
{
    json::array found;
    std::vector<re2::StringPiece> parts(static_cast<std::size_t>(pattern.NumberOfCapturingGroups()) + 1);
    for (std::size_t at = 0; at <= text.size();) {
        if (!pattern.Match(text, at, text.size(), RE2::UNANCHORED, parts.data(), static_cast<int>(parts.size()))) break;
        if (found.size() == most_matches) return fault("the pattern is found more than 10000 times");
        found.push_back(match_value(parts));
        auto const end = static_cast<std::size_t>(parts[0].data() - text.data()) + parts[0].size();
        at = end;
        if (!parts[0].empty()) continue;
        for (++at; at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80U;) ++at;
    }
    return told(std::move(found));
}

column_function read_regex_extraction(configuration_reader& from, std::vector<std::string>& sources)
{
    sources.push_back(from.source("source"));
    auto const pattern = read_regex_pattern(from);
    return [pattern, source = sources[0]](row_cells const& row) {
        return all_matches(as_text(cell(row, source)), *pattern);
    };
}

column_function read_json_path(configuration_reader& from, std::vector<std::string>& sources)
{
    sources.push_back(from.source("source"));
    auto const path = read_path(from, "json_path", true);
    bool const only_first = from.flag("return_first_match").value_or(true);
    return [path, only_first, source = sources[0]](row_cells const& row) {
        if (only_first) return json_at(row, source, path);
        auto const parsed = as_json(cell(row, source));
        if (!parsed) return fault(in_quotes(source) + " is no JSON");
        json::array all;
        for (auto const* one : path->find_all(*parsed, most_matches)) all.push_back(*one);
        return told(std::move(all));
    };
}

column_function read_distance(configuration_reader& from, std::vector<std::string>& sources)
{
    sources = from.sources("sources", 2, 2);
    if (!from.is_good()) return {};
    return [left = sources[0], right = sources[1]](row_cells const& row) {
        auto const a = number_in(cell(row, left)), b = number_in(cell(row, right));
        if (!a || !b) return fault(in_quotes(a ? right : left) + " is no number");
        return told(number_value(std::abs(*a - *b)));
    };
}

json::value parsed_boolean(json::value const& value)
{
    if (value.is_bool()) return value;
    auto const text = folded(as_text(value));
    if (text == "true" || text == "1" || text == "yes") return true;
    if (text == "false" || text == "0" || text == "no") return false;
    return nullptr;
}

cell_result parsed_value(json::value const& value, std::string const& type, std::string const& source)
{
    if (type == "string") return told(json::value(as_text(value)));
    if (type == "number") {
        auto const number = number_in(value);
        return number ? told(number_value(*number)) : fault(in_quotes(source) + " is no number");
    }
    if (type == "boolean") {
        auto truth = parsed_boolean(value);
        return truth.is_null() ? fault(in_quotes(source) + " is neither true nor false") : told(std::move(truth));
    }
    auto parsed = as_json(value);
    return parsed ? told(std::move(*parsed)) : fault(in_quotes(source) + " is no JSON");
}

column_function read_parse(configuration_reader& from, std::vector<std::string>& sources)
{
    sources.push_back(from.source("source"));
    auto const type = from.needed_word("type", {"string", "number", "boolean", "object"});
    return [type, source = sources[0]](row_cells const& row) { return parsed_value(cell(row, source), type, source); };
}

column_function read_variable(configuration_reader& from)
{
    if (!from.has("value")) from.fail("value", "is required");
    auto const given = from.object("value");
    if (!from.is_good()) return {};
    auto const* const type = given.if_contains("type");
    auto const* const value = given.if_contains("value");
    bool const is_text = type && *type == "string";
    if (!is_text && (!type || *type != "json")) from.fail("value.type", "must be one of string, json");
    if (!value) from.fail("value.value", "is required");
    if (value && is_text && !value->is_string()) from.fail("value.value", "must be a string");
    if (!from.is_good()) return {};
    return [value = *value](row_cells const&) { return told(value); };
}

column_function read_assert_valid(configuration_reader& from, std::vector<std::string>& sources)
{
    sources.push_back(from.source("source"));
    auto const type = from.needed_word("type", {"object", "number"});
    return [is_number = type == "number", source = sources[0]](row_cells const& row) {
        auto const& value = cell(row, source);
        return told(is_number ? number_in(value).has_value() : as_json(value).has_value());
    };
}

column_function read_coalesce(configuration_reader& from, std::vector<std::string>& sources)
{
    sources = from.sources("sources", 2, most_sources);
    return [names = sources](row_cells const& row) {
        for (auto const& name : names)
            if (auto const found = row.find(name); found != row.end() && !found->second.is_null())
                return told(found->second);
        return told(nullptr);
    };
}

column_function read_combine(configuration_reader& from, std::vector<std::string>& sources)
{
    sources = from.sources("sources", 1, most_sources);
    return [names = sources](row_cells const& row) {
        json::object all;
        for (auto const& name : names) all[name] = cell(row, name);
        return told(std::move(all));
    };
}

std::size_t words_in(std::string_view text)
{
    std::size_t count = 0;
    for (auto at = text.find_first_not_of(blanks); at != text.npos; ++count)
        at = text.find_first_not_of(blanks, std::min(text.find_first_of(blanks, at), text.size()));
    return count;
}

/// Texts that end in `.`, `!` or `?` before a blank or the end, and what is behind the last one.
std::size_t sentences_in(std::string_view text)
{
    constexpr std::string_view ends = ".!?";
    std::size_t count = 0;
    bool is_open = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        bool const is_end = ends.find(text[i]) != ends.npos;
        bool const is_last = i + 1 == text.size() || blanks.find(text[i + 1]) != blanks.npos;
        if (is_end && is_last && is_open) {
            ++count;
            is_open = false;
        } else if (!is_end && blanks.find(text[i]) == blanks.npos) {
            is_open = true;
        }
    }
    return count + (is_open ? 1 : 0);
}

/// Runs of lines with something in them.
std::size_t paragraphs_in(std::string_view text)
{
    std::size_t count = 0;
    bool is_open = false;
    while (!text.empty()) {
        auto const end = std::min(text.find('\n'), text.size() - 1) + 1;
        bool const has_text = text.substr(0, end).find_first_not_of(blanks) != text.npos;
        if (has_text && !is_open) ++count;
        is_open = has_text;
        text.remove_prefix(end);
    }
    return count;
}

column_function read_count(configuration_reader& from, std::vector<std::string>& sources)
{
    sources.push_back(from.source("source"));
    auto const type = from.needed_word("type", {"chars", "words", "sentences", "paragraphs"});
    auto const count = type == "chars"       ? characters
                       : type == "words"     ? words_in
                       : type == "sentences" ? sentences_in
                                             : paragraphs_in;
    return [count, source = sources[0]](row_cells const& row) {
        return told(static_cast<std::int64_t>(count(as_text(cell(row, source)))));
    };
}

bool holds(double a, std::string_view how, double b)
{
    if (how == "lt") return a < b;
    if (how == "le") return a <= b;
    return how == "gt" ? a > b : a >= b;
}

column_function read_math(configuration_reader& from, std::vector<std::string>& sources)
{
    sources = from.sources("sources", 1, 2);
    auto const how = from.needed_word("operator", {"lt", "le", "gt", "ge"});
    auto const value = from.number("value");
    if ((sources.size() == 2) == value.has_value()) from.fail("value", "either this or a second source is needed");
    if (!from.is_good()) return {};
    return [how, value, names = sources](row_cells const& row) {
        auto const a = number_in(cell(row, names[0]));
        if (!a) return fault(in_quotes(names[0]) + " is no number");
        auto const b = value ? value : number_in(cell(row, names[1]));
        if (!b) return fault(in_quotes(names[1]) + " is no number");
        return told(holds(*a, how, *b));
    };
}

/// The numbers that are found there: of an array, its own.
std::vector<double> numbers_at(json::value const& in, std::optional<json_path> const& path)
{
    std::vector<double> numbers;
    auto const add = [&numbers](json::value const& value) {
        if (auto const number = number_in(value)) numbers.push_back(*number);
    };
    auto const found = path ? path->find_all(in, most_matches) : std::vector{&in};
    for (auto const* one : found)
        if (auto const* const array = one->if_array())
            for (auto const& element : *array) add(element);
        else
            add(*one);
    return numbers;
}

column_function read_min_max(configuration_reader& from, std::vector<std::string>& sources)
{
    sources.push_back(from.source("source"));
    bool const is_least = from.needed_word("type", {"min", "max"}) == "min";
    auto const path = read_path(from, "json_path", false);
    return [is_least, path, source = sources[0]](row_cells const& row) {
        auto const parsed = as_json(cell(row, source));
        if (!parsed) return fault(in_quotes(source) + " is no JSON");
        auto const numbers = numbers_at(*parsed, path);
        if (numbers.empty()) return fault("there is no number in " + in_quotes(source));
        auto const [least, most] = std::minmax_element(numbers.begin(), numbers.end());
        return told(number_value(is_least ? *least : *most));
    };
}

} // namespace

column_function read_column_function(std::string_view type, configuration_reader& from,
                                     std::vector<std::string>& sources)
{
    if (type == "COMPARE") return read_compare(from, sources);
    if (type == "CONTAINS") return read_contains(from, sources);
    if (type == "REGEX") return read_regex(from, sources);
    if (type == "REGEX_EXTRACTION") return read_regex_extraction(from, sources);
    if (type == "JSON_PATH") return read_json_path(from, sources);
    if (type == "ABSOLUTE_NUMERIC_DISTANCE") return read_distance(from, sources);
    if (type == "PARSE_VALUE") return read_parse(from, sources);
    if (type == "VARIABLE") return read_variable(from);
    if (type == "ASSERT_VALID") return read_assert_valid(from, sources);
    if (type == "COALESCE") return read_coalesce(from, sources);
    if (type == "COMBINE_COLUMNS") return read_combine(from, sources);
    if (type == "COUNT") return read_count(from, sources);
    if (type == "MATH_OPERATOR") return read_math(from, sources);
    if (type == "MIN_MAX") return read_min_max(from, sources);
    return {};
}

} // namespace weir::evaluation
