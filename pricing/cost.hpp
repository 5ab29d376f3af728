#pragma once

#include "pricing/price_table.hpp"
#include "pricing/usage.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::pricing
{

/// Costs are kept in billionths of a US dollar.
inline constexpr double nanos_of_dollar = 1e9;

/// Where a cost comes from; stored by name in `cost_source`.
enum class cost_source : std::uint8_t { none, table, override_rule, provider, told };

/// The stored name: "none", "table", "override", "provider", "told".
std::string_view name_of(cost_source source);

/// How the provider served the call, which decides the block of the price row. From the response, never the request.
enum class service_tier : std::uint8_t { standard, batch, priority, flex };

/// The shortest and the longest prompt of several responses whose usage is one sum.
struct prompt_range {
    std::int64_t least = 0, most = 0;

    bool operator==(prompt_range const&) const = default;
};

/// The length of a prompt, by which context bands are chosen: all of the input, from caches too.
std::int64_t prompt_length(usage const& used);

/// What is known of a call that is to be priced.
struct call {
    std::string_view provider = {}; ///< weir's provider id, lower case
    std::string_view model = {};    ///< the effective model: override, else the response's, else the request's
    std::string_view fallback_model =
        {};                      ///< tried when `model` has no row (the request's, when the response's is unknown)
    std::int64_t started_us = 0; ///< chooses among rows with effective dates; µs since 1970 UTC
    service_tier tier = service_tier::standard;
    bool anthropic = false;                   ///< Anthropic's multipliers fill in missing cache prices
    bool local = false;                       ///< a server of the user's own: costs nothing unless an override says so
    bool free = false;                        ///< an endpoint that nobody charges for: moderations, token counting
    bool approximate = false;                 ///< a regional uplift or a fast mode whose price the table does not have
    int status = 200;                         ///< as recorded: an HTTP status or a pseudo-status below 0
    std::optional<prompt_range> prompts = {}; ///< the usage is a sum: the band is that of the longest prompt
};

struct cost {
    std::optional<std::int64_t> nanos = {}; ///< billionths of a US dollar; empty: no price is known, which is not zero
    cost_source source = cost_source::none;
    bool approximate = false; ///< priced by a prefix of the model's name, from a cut stream, or with an unknown uplift
    bool unpriced = false;    ///< there was usage to price and no row for the model

    bool operator==(cost const&) const = default;
};

/// Prices one call. The formula is in docs/usage-and-cost.md; products are summed exactly, as decimal fractions, and
/// rounded once, half away from zero. Pure; thread-safe on a table that does not change.
cost cost_of(price_table const& table, call const& what, usage const& used);

} // namespace weir::pricing
