#include "pricing/price_file.hpp"

#include "pricing/model_name.hpp"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>

namespace weir::pricing
{
namespace
{

namespace json = boost::json;

/// Why an entry is refused: the member, and what is wrong with it. Empty: nothing.
using problem = std::string;

std::string quoted(std::string_view name) { return "'" + std::string{name} + "'"; }

/// Helicone's names for prices, with the places they stand for here.
constexpr price_field helicone_fields[] = {
    {"prompt_token", &prices::input},
    {"completion_token", &prices::output},
    {"prompt_cache_read_token", &prices::cache_read},
    {"prompt_cache_write_token", &prices::cache_write},
    {"prompt_cache_creation_5m", &prices::cache_write},
    {"prompt_cache_creation_1h", &prices::cache_write_long},
    {"prompt_audio_token", &prices::audio_input},
    {"completion_audio_token", &prices::audio_output},
    {"per_image", &prices::per_output_image},
    {"per_call", &prices::per_request},
};

std::optional<double> number(json::value const& v)
{
    boost::system::error_code error;
    auto const n = v.to_number<double>(error);
    if (error || !std::isfinite(n) || n < 0) return std::nullopt;
    return n;
}

template <std::size_t N>
problem read_fields(json::object const& from, price_field const (&fields)[N], prices& into)
{
    for (auto const& field : fields) {
        auto const* given = from.if_contains(field.name);
        if (!given) continue;
        auto const price = number(*given);
        if (!price) return quoted(field.name) + " must be a number of dollars, not below 0";
        into.*field.value = price;
    }
    return {};
}

problem read_searches(json::object const& from, prices& into)
{
    auto const* given = from.if_contains("web_search");
    if (!given) return {};
    if (auto const price = number(*given)) {
        into.web_search = price;
        return {};
    }
    auto const* sizes = given->if_object();
    if (!sizes) return "'web_search' must be a number or an object with low, medium and high";
    struct {
        std::string_view name;
        std::optional<double>* place;
    } const places[] = {{"low", &into.web_search_low}, {"medium", &into.web_search}, {"high", &into.web_search_high}};
    for (auto const& place : places) {
        auto const* price = sizes->if_contains(place.name);
        if (!price) continue;
        *place.place = number(*price);
        if (!*place.place) return "'web_search." + std::string{place.name} + "' must be a number of dollars";
    }
    return {};
}

problem read_block(json::object const& from, std::string_view name, std::optional<prices>& into)
{
    auto const* given = from.if_contains(name);
    if (!given) return {};
    auto const* block = given->if_object();
    if (!block) return quoted(name) + " must be an object";
    auto wrong = read_fields(*block, price_fields, into.emplace());
    return wrong.empty() ? wrong : quoted(name) + ": " + wrong;
}

/// Reads `tiers` ({above, prices…}) or `ranges` ({from, to, prices…}), which say the same.
problem read_bands(json::object const& from, std::string_view name, std::string_view limit, price_row& row)
{
    auto const* given = from.if_contains(name);
    if (!given) return {};
    auto const* bands = given->if_array();
    if (!bands) return quoted(name) + " must be an array";
    for (auto const& entry : *bands) {
        auto const* object = entry.if_object();
        auto const* bound = object ? object->if_contains(limit) : nullptr;
        auto const above = bound ? number(*bound) : std::nullopt;
        if (!above || *above > 1e15) return quoted(name) + ": each entry needs a number " + quoted(limit);
        price_band band{.above = static_cast<std::int64_t>(*above), .at = {}};
        if (auto wrong = read_fields(*object, price_fields, band.at); !wrong.empty())
            return quoted(name) + ": " + wrong;
        row.bands.push_back(std::move(band));
    }
    std::stable_sort(row.bands.begin(), row.bands.end(), [](auto& a, auto& b) { return a.above < b.above; });
    return {};
}

/// Microseconds since 1970 of `YYYY-MM-DD`, UTC.
std::optional<std::int64_t> day_us(std::string_view text)
{
    int parts[3] = {};
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    constexpr std::size_t at[] = {0, 5, 8}, length[] = {4, 2, 2};
    for (int i = 0; i < 3; ++i) {
        auto const* begin = text.data() + at[i];
        auto const [end, error] = std::from_chars(begin, begin + length[i], parts[i]);
        if (error != std::errc{} || end != begin + length[i] || parts[i] < 0) return std::nullopt;
    }
    std::chrono::year_month_day const date{std::chrono::year{parts[0]}, std::chrono::month(unsigned(parts[1])),
                                           std::chrono::day(unsigned(parts[2]))};
    if (!date.ok()) return std::nullopt;
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::sys_days{date}.time_since_epoch())
        .count();
}

problem read_date(json::object const& from, std::string_view name, std::int64_t& into)
{
    auto const* given = from.if_contains(name);
    if (!given) return {};
    auto const* text = given->if_string();
    auto const day = text ? day_us(*text) : std::nullopt;
    if (!day) return quoted(name) + " must be a date, YYYY-MM-DD";
    into = *day;
    return {};
}

problem read_name(json::object const& from, std::string_view name, std::string& into)
{
    auto const* given = from.if_contains(name);
    auto const* text = given ? given->if_string() : nullptr;
    if (!text || text->empty()) return quoted(name) + " must be a text";
    into = model_name::lower(*text);
    return {};
}

/// Everything of a row but the model.
problem read_prices(json::object const& from, price_row& row)
{
    if (auto wrong = read_name(from, "provider", row.provider); !wrong.empty()) return wrong;
    if (auto wrong = read_fields(from, price_fields, row.base); !wrong.empty()) return wrong;
    if (auto wrong = read_searches(from, row.base); !wrong.empty()) return wrong;
    if (auto wrong = read_bands(from, "tiers", "above", row); !wrong.empty()) return wrong;
    if (auto wrong = read_bands(from, "ranges", "from", row); !wrong.empty()) return wrong;
    if (auto wrong = read_block(from, "batch", row.batch); !wrong.empty()) return wrong;
    if (auto wrong = read_block(from, "priority", row.priority); !wrong.empty()) return wrong;
    if (auto wrong = read_block(from, "flex", row.flex); !wrong.empty()) return wrong;
    if (auto wrong = read_date(from, "valid_from", row.valid_from_us); !wrong.empty()) return wrong;
    if (auto wrong = read_date(from, "valid_to", row.valid_to_us); !wrong.empty()) return wrong;

    // A table of ranges has no base row: its first range is one, and what a call without a prompt is priced by.
    if (from.contains("ranges") && !row.bands.empty() && !row.base.input) row.base = row.bands.front().at;
    return {};
}

problem read_count(json::object const& from, std::string_view name, std::optional<std::int64_t>& into)
{
    auto const* given = from.if_contains(name);
    if (!given) return {};
    auto const count = number(*given);
    if (!count || *count > 1e15) return quoted(name) + " must be a number of tokens";
    into = static_cast<std::int64_t>(*count);
    return {};
}

problem read_row(json::object const& from, price_row& row)
{
    if (auto wrong = read_name(from, "model", row.model); !wrong.empty()) return wrong;
    row.spelling = from.at("model").as_string();
    if (from.contains("mode"))
        if (auto wrong = read_name(from, "mode", row.mode); !wrong.empty()) return wrong;
    if (auto wrong = read_count(from, "max_input", row.max_input); !wrong.empty()) return wrong;
    if (auto wrong = read_count(from, "max_output", row.max_output); !wrong.empty()) return wrong;
    return read_prices(from, row);
}

problem read_comparison(json::object const& from, price_rule& rule)
{
    auto const* model = from.if_contains("model");
    if (model && model->is_string()) return read_name(from, "model", rule.value);

    auto const* comparison = model ? model->if_object() : nullptr;
    if (!comparison) return "'model' must be a name or an object with operator and value";
    auto const* name = comparison->if_contains("operator");
    auto const* text = name ? name->if_string() : nullptr;
    if (text && *text == "equals")
        rule.compare = match_operator::equals;
    else if (text && *text == "startsWith")
        rule.compare = match_operator::starts_with;
    else if (text && *text == "includes")
        rule.compare = match_operator::includes;
    else
        return "'model.operator' must be equals, startsWith or includes";
    auto wrong = read_name(*comparison, "value", rule.value);
    return wrong.empty() ? wrong : "'model.value' must be a text";
}

/// Names a member that a rule cannot have: a price with a slip in its name would otherwise count as 0.
problem unknown_member(json::object const& from)
{
    static constexpr std::string_view others[] = {"provider", "model", "web_search", "tiers",    "ranges", "batch",
                                                  "priority", "flex",  "valid_from", "valid_to", "note"};
    auto const named = [](std::string_view name) { return [name](auto const& f) { return f.name == name; }; };
    for (auto const& member : from) {
        std::string_view const name = member.key();
        if (std::find(std::begin(others), std::end(others), name) == std::end(others) &&
            std::none_of(std::begin(price_fields), std::end(price_fields), named(name)) &&
            std::none_of(std::begin(helicone_fields), std::end(helicone_fields), named(name)))
            return quoted(name) + " is not a member of a rule";
    }
    return {};
}

problem read_rule(json::object const& from, price_rule& rule)
{
    if (auto wrong = unknown_member(from); !wrong.empty()) return wrong;
    if (auto wrong = read_comparison(from, rule); !wrong.empty()) return wrong;
    if (auto wrong = read_prices(from, rule.row); !wrong.empty()) return wrong;
    prices before = rule.row.base;
    if (auto wrong = read_fields(from, helicone_fields, rule.row.base); !wrong.empty()) return wrong;

    auto const given = [](auto const& fields, prices const& all) {
        return std::any_of(std::begin(fields), std::end(fields), [&](auto const& f) { return bool(all.*f.value); });
    };
    bool const in_helicones_words = std::any_of(std::begin(helicone_fields), std::end(helicone_fields),
                                                [&](auto const& f) { return from.contains(f.name); });
    if (in_helicones_words && !rule.row.base.input) return "'prompt_token' is missing";
    if (in_helicones_words && !rule.row.base.output) return "'completion_token' is missing";
    if (!in_helicones_words && !given(price_fields, before) && !before.web_search) return "it has no price";
    rule.row.model = rule.value;
    return {};
}

template <typename Entry>
problem read_entries(json::object const& file, std::string_view name, problem (*read)(json::object const&, Entry&),
                     std::vector<Entry>& into)
{
    auto const* given = file.if_contains(name);
    if (!given) return {};
    auto const* entries = given->if_array();
    if (!entries) return quoted(name) + " must be an array";
    into.reserve(entries->size());
    for (auto const& entry : *entries) {
        auto const where = [&] { return std::string{name} + "[" + std::to_string(into.size() - 1) + "]: "; };
        auto& read_into = into.emplace_back();
        auto const* object = entry.if_object();
        if (!object) return where() + "must be an object";
        if (auto wrong = read(*object, read_into); !wrong.empty()) return where() + wrong;
    }
    return {};
}

std::string version_of(json::object const& file)
{
    auto const* given = file.if_contains("meta");
    auto const* meta = given ? given->if_object() : nullptr;
    std::string version;
    for (auto const* name : {"table_date", "supplement_date"}) {
        auto const* date = meta ? meta->if_contains(name) : nullptr;
        if (!date || !date->is_string()) continue;
        if (!version.empty()) version += '+';
        version += date->get_string();
    }
    return version;
}

} // namespace

bool price_rule::matches(std::string_view model) const
{
    switch (compare) {
    case match_operator::equals: return model == value;
    case match_operator::starts_with: return model.starts_with(value);
    case match_operator::includes: return model.find(value) != model.npos;
    }
    return false;
}

boost::system::result<price_file, std::string> parse_price_file(std::string_view text)
{
    constexpr auto refused = boost::system::in_place_error;
    boost::system::error_code error;
    json::parse_options options;
    options.max_depth = 16;
    json::monotonic_resource memory;
    auto const parsed = json::parse(text, error, &memory, options);
    if (error) return {refused, "not valid JSON: " + error.message()};
    auto const* file = parsed.if_object();
    if (!file || !(file->contains("models") || file->contains("overrides")))
        return {refused, "it must be an object with 'models' or 'overrides'"};

    price_file result;
    result.version = version_of(*file);
    if (auto wrong = read_entries(*file, "models", read_row, result.rows); !wrong.empty()) return {refused, wrong};
    if (auto wrong = read_entries(*file, "overrides", read_rule, result.rules); !wrong.empty()) return {refused, wrong};
    return result;
}

} // namespace weir::pricing
