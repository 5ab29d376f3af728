#include "pricing/price_table.hpp"

#include "pricing/model_name.hpp"
#include "pricing/price_file.hpp"

#include <algorithm>
#include <deque>
#include <stdexcept>
#include <unordered_map>
#include <utility>

extern "C" char const weir_model_prices_begin[]; // pricing/data/model-prices.json, by cmake/embed_file.cmake
extern "C" char const weir_model_prices_end[];

namespace weir::pricing
{
namespace
{

/// Longer names are no model's; the bound keeps the look-up of a hostile one short.
constexpr std::size_t longest_name = 512;

struct row_entry {
    price_row const* row = nullptr;
    bool from_override = false;
};

std::string key_of(std::string_view provider, std::string_view model)
{
    std::string key;
    key.reserve(provider.size() + 1 + model.size());
    return key.append(provider).append(1, '\n').append(model);
}

bool holds_at(price_row const& row, std::int64_t when_us)
{
    return row.valid_from_us <= when_us && when_us < row.valid_to_us;
}

} // namespace

struct price_table::index {
    std::deque<price_row> rows; // a deque: rows keep their place
    std::unordered_map<std::string, std::vector<row_entry>> by_name;
    std::unordered_map<std::string, std::vector<price_rule>> rules; // by provider, in the order of the file
    std::string version;
    std::size_t embedded = 0; // the first so many of rows

    void add(price_file file, bool of_the_operator)
    {
        by_name.reserve(by_name.size() + file.rows.size());
        std::unordered_map<std::string, std::size_t> before; // the file's rows so far, by name: they keep their order
        for (auto& given : file.rows) {
            auto const& row = rows.emplace_back(std::move(given));
            auto const key = key_of(row.provider, row.model);
            auto& same_name = by_name[key];
            same_name.insert(same_name.begin() + static_cast<std::ptrdiff_t>(before[key]++), {&row, of_the_operator});
        }
        std::unordered_map<std::string, std::size_t> rules_before;
        for (auto& given : file.rules) {
            auto& same_provider = rules[given.row.provider];
            auto& place = rules_before[given.row.provider];
            same_provider.insert(same_provider.begin() + static_cast<std::ptrdiff_t>(place++), std::move(given));
        }
    }

    price_match by_rule(std::string const& provider, std::string_view model, std::int64_t when_us) const
    {
        auto const found = rules.find(provider);
        if (found == rules.end()) return {};
        for (auto const& rule : found->second)
            if (rule.matches(model) && holds_at(rule.row, when_us)) return {.row = &rule.row, .from_override = true};
        return {};
    }

    price_match exact(std::string_view provider, std::string_view model, std::int64_t when_us) const
    {
        auto const found = by_name.find(key_of(provider, model));
        if (found == by_name.end()) return {};
        for (auto const& entry : found->second)
            if (holds_at(*entry.row, when_us)) return {.row = entry.row, .from_override = entry.from_override};
        return {};
    }

    /// The row with the longest name that the model's continues behind a separator: `gpt-4` is not the beginning of
    /// `gpt-4o`.
    price_match by_prefix(std::string_view provider, std::string_view model, std::int64_t when_us) const
    {
        while (true) {
            auto const separator = model.find_last_of("-@:");
            if (separator == model.npos || separator == 0) return {};
            model = model.substr(0, separator);
            if (auto match = exact(provider, model, when_us); match.row) {
                match.approximate = true;
                return match;
            }
        }
    }

    price_match of_provider(std::string_view provider, std::string_view model, std::int64_t when_us) const
    {
        auto const names = model_name::spellings(provider, model);
        for (auto const name : names)
            if (auto const match = exact(provider, name, when_us); match.row) return match;
        for (auto const name : names)
            if (auto const match = by_prefix(provider, name, when_us); match.row) return match;
        return {};
    }
};

price_table::price_table()
    : index_{std::make_unique<index>()}
{
}
price_table::price_table(price_table&&) noexcept = default;
price_table& price_table::operator=(price_table&&) noexcept = default;
price_table::~price_table() = default;

price_table price_table::embedded()
{
    auto file = parse_price_file({weir_model_prices_begin, weir_model_prices_end});
    if (!file) throw std::logic_error{"the embedded price table is damaged: " + file.error()};

    price_table table;
    table.index_->version = file->version;
    table.index_->add(std::move(*file), false);
    table.index_->embedded = table.index_->rows.size();
    return table;
}

boost::system::result<void, std::string> price_table::add(std::string_view json)
{
    auto file = parse_price_file(json);
    if (!file) return file.error();

    if (!index_->version.ends_with("+override")) index_->version += "+override";
    index_->add(std::move(*file), true);
    return {};
}

price_match price_table::find(std::string_view provider, std::string_view model, std::int64_t started_us) const
{
    if (model.empty() || model.size() > longest_name) return {};
    auto id = model_name::lower(provider);
    if (id == "gemini") id = "google"; // the other name that the contract gives it
    auto const name = model_name::lower(model);

    if (auto const match = index_->by_rule(id, name, started_us); match.row) return match;
    if (auto const match = index_->of_provider(id, name, started_us); match.row) return match;
    for (auto const& parent : model_name::parents(id, name))
        if (auto const match = index_->of_provider(parent.provider, parent.model, started_us); match.row) return match;
    return {};
}

std::vector<price_row const*> price_table::embedded_rows() const
{
    std::vector<price_row const*> all;
    all.reserve(index_->embedded);
    for (std::size_t i = 0; i < index_->embedded; ++i) all.push_back(&index_->rows[i]);
    return all;
}

std::string const& price_table::version() const { return index_->version; }

} // namespace weir::pricing
