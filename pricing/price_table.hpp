#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace weir::pricing
{

/// The prices of one service tier or one band of context length. US dollars per single unit: per token unless the name
/// says otherwise. Empty: not priced apart; which price stands in for it is the formula's business (pricing/cost.hpp).
struct prices {
    std::optional<double> input, output;
    std::optional<double> cache_read, cache_write, cache_write_long;
    std::optional<double> reasoning;
    std::optional<double> audio_input, audio_output, audio_cache_read;
    std::optional<double> image_input, image_output;
    std::optional<double> per_input_image, per_output_image;
    std::optional<double> per_input_second, per_output_second, per_audio_input_second;
    std::optional<double> per_input_char, per_query, per_page, per_request;
    std::optional<double> web_search_low, web_search, web_search_high; ///< one search, by the size of its context
};

/// One price's name, as price files spell it, and its place.
struct price_field {
    std::string_view name;
    std::optional<double> prices::*value;
};

/// Every price but those of searches, which a file gives as one object.
inline constexpr price_field price_fields[] = {
    {"input", &prices::input},
    {"output", &prices::output},
    {"cache_read", &prices::cache_read},
    {"cache_write", &prices::cache_write},
    {"cache_write_long", &prices::cache_write_long},
    {"reasoning", &prices::reasoning},
    {"audio_input", &prices::audio_input},
    {"audio_output", &prices::audio_output},
    {"audio_cache_read", &prices::audio_cache_read},
    {"image_input", &prices::image_input},
    {"image_output", &prices::image_output},
    {"per_input_image", &prices::per_input_image},
    {"per_output_image", &prices::per_output_image},
    {"per_input_second", &prices::per_input_second},
    {"per_output_second", &prices::per_output_second},
    {"per_audio_input_second", &prices::per_audio_input_second},
    {"per_input_char", &prices::per_input_char},
    {"per_query", &prices::per_query},
    {"per_page", &prices::per_page},
    {"per_request", &prices::per_request},
};

/// Prices that hold for the whole call once its prompt is longer than `above` tokens.
struct price_band {
    std::int64_t above = 0;
    prices at;
};

/// One row of the price table.
struct price_row {
    std::string provider; ///< weir's provider id
    std::string model;    ///< in lower case
    std::string spelling; ///< the same as the provider's API spells it; empty in a rule's row
    std::string mode;     ///< what it is for: "chat", "embedding", "image_generation", …; empty: not said
    std::optional<std::int64_t> max_input, max_output; ///< tokens
    prices base;
    std::vector<price_band> bands; ///< ascending by `above`; from the file's `tiers` or `ranges`
    std::optional<prices> batch, priority, flex;
    std::int64_t valid_from_us = INT64_MIN; ///< [from, to) in µs since 1970 UTC
    std::int64_t valid_to_us = INT64_MAX;
};

/// How a row was found.
struct price_match {
    price_row const* row = nullptr;
    bool approximate = false;   ///< by a prefix of the model's name
    bool from_override = false; ///< by a rule or a row of the operator's own file
};

/// The price table: the rows embedded at build time, with the operator's overrides before them.
///
/// Not changed after it is loaded, so it may be read from any thread.
class price_table
{
public:
    /// The table that this binary was built with (pricing/data/model-prices.json).
    static price_table embedded();

    /// Puts the rows of `json` before those there are. Two forms of entry are accepted, and documented in
    /// docs/usage-and-cost.md: rows as in the embedded file (`{"models": [...]}`), and rules with an operator
    /// (`{"overrides": [{"provider", "model": {"operator": "equals|startsWith|includes", "value"}, prices…}]}`), which
    /// are tried first, in the order of the file; prices under weir's names or Helicone's. Fails with a text that names
    /// the entry and the member at fault, and then changes nothing.
    boost::system::result<void, std::string> add(std::string_view json);

    /// The row for a call at `started_us`, or none. Case-insensitive, in the order of docs/usage-and-cost.md: the
    /// operator's rules, the exact id, the id without its vendor path and moving suffix, without its date, Bedrock's
    /// region groups, fine-tuned bases, the longest prefix that ends at a separator, the parent provider.
    price_match find(std::string_view provider, std::string_view model, std::int64_t started_us) const;

    /// The rows that this binary was built with, without the operator's. They live as long as the table.
    std::vector<price_row const*> embedded_rows() const;

    /// Names the data that costs were computed with: the dates of the embedded table and of its supplement, with
    /// "+override" when there is a file.
    std::string const& version() const;

    price_table(price_table&&) noexcept;
    price_table& operator=(price_table&&) noexcept;
    ~price_table();

private:
    price_table();
    struct index;
    std::unique_ptr<index> index_;
};

} // namespace weir::pricing
