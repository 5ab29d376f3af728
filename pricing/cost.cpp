#include "pricing/cost.hpp"

#include <algorithm>
#include <cmath>

namespace weir::pricing
{
namespace
{

/// A provider's own figure is believed up to here: beyond it, the unit is not the dollar that it is taken for.
constexpr double most_plausible_dollars = 10'000;

constexpr std::int64_t or_zero(std::optional<std::int64_t> n) { return n.value_or(0); }

/// The usage in buckets that do not overlap: each token is in exactly one.
struct buckets {
    std::int64_t input, cache_read, cache_write, cache_write_long, audio_input, audio_cache_read, image_input;
    std::int64_t output, reasoning, audio_output, image_output;

    /// The length that context bands are chosen by: the whole prompt.
    std::int64_t prompt() const
    {
        return input + cache_read + cache_write + cache_write_long + audio_input + audio_cache_read + image_input;
    }
};

buckets disjoint(usage const& used)
{
    auto const rest = [](std::int64_t whole, std::int64_t parts) { return std::max<std::int64_t>(0, whole - parts); };
    buckets b{};

    b.audio_input = or_zero(used.prompt_audio);
    b.image_input = used.prompt_image;
    b.input = rest(or_zero(used.prompt), b.audio_input + b.image_input);
    b.audio_cache_read = used.prompt_audio_cached;
    b.cache_read = rest(or_zero(used.cache_read), b.audio_cache_read);

    // A sum without its split is short-lived; a split that exceeds its sum is the better witness.
    b.cache_write_long = or_zero(used.cache_write_1h);
    b.cache_write = std::max(or_zero(used.cache_write_5m), rest(or_zero(used.cache_write), b.cache_write_long));

    b.reasoning = or_zero(used.reasoning);
    b.audio_output = or_zero(used.completion_audio);
    b.image_output = used.completion_image;
    b.output = rest(or_zero(used.completion), b.reasoning + b.audio_output + b.image_output);
    return b;
}

/// Puts what `over` has in place of what `under` has.
prices overlaid(prices under, prices const& over)
{
    for (auto const& field : price_fields)
        if (auto const& value = over.*field.value) under.*field.value = value;
    return under;
}

void scale(prices& all, double by)
{
    for (auto const& field : price_fields)
        if (auto& value = all.*field.value) *value *= by;
    for (auto* value : {&all.web_search_low, &all.web_search, &all.web_search_high})
        if (*value) **value *= by;
}

prices const* block_of(price_row const& row, service_tier tier)
{
    auto const pointer = [](std::optional<prices> const& block) { return block ? &*block : nullptr; };
    switch (tier) {
    case service_tier::batch: return pointer(row.batch);
    case service_tier::priority: return pointer(row.priority);
    case service_tier::flex: return pointer(row.flex);
    case service_tier::standard: break;
    }
    return nullptr;
}

/// Whether two prompts of these lengths have different prices.
bool is_band_between(price_row const& row, prompt_range const& prompts)
{
    return std::any_of(row.bands.begin(), row.bands.end(), [&](price_band const& band) {
        return prompts.least <= band.above && prompts.most > band.above;
    });
}

/// The prices that hold for the whole of a call with a prompt of this length.
prices prices_for(price_row const& row, service_tier tier, std::int64_t prompt_tokens)
{
    prices chosen = row.base;
    for (auto const& band : row.bands) // ascending: a member that a band lacks comes from the one below
        if (prompt_tokens > band.above) chosen = overlaid(chosen, band.at);

    if (auto const* block = block_of(row, tier)) {
        // A block states the base prices of its tier. Where a band has changed a price, the tier's ratio goes with it:
        // half price stays half price in a long context.
        for (auto const& field : price_fields) {
            auto const& stated = block->*field.value;
            auto const& base = row.base.*field.value;
            auto& now = chosen.*field.value;
            if (!stated) continue;
            now = base && *base > 0 && now ? *now * (*stated / *base) : *stated;
        }
    } else if (tier == service_tier::batch) {
        scale(chosen, 0.5);
    }
    return chosen;
}

/// A sum of products in billionths of billionths of a dollar, in which every price of the table is a whole number: a
/// sum that ends in exactly half a nano-dollar rounds as arithmetic says, not as binary fractions fall.
class sum
{
public:
    void add(double count, std::optional<double> price)
    {
        if (!(count > 0)) return;
        asked_ = true;
        if (!price) return;
        priced_ = true;
        atto_ += static_cast<long double>(count) * std::round(static_cast<long double>(*price) * 1e18L);
    }

    void add(std::int64_t count, std::optional<double> price) { add(static_cast<double>(count), price); }

    /// Whether there was something to price, and the row had a price for none of it.
    bool unpriced() const { return asked_ && !priced_; }

    std::optional<std::int64_t> nanos() const
    {
        auto const rounded = std::round(atto_ / 1e9L);
        if (!(rounded < 9.2e18L)) return std::nullopt; // more than an integer holds: nobody's real bill
        return static_cast<std::int64_t>(rounded);
    }

private:
    long double atto_ = 0;
    bool asked_ = false;
    bool priced_ = false;
};

std::optional<double> first_of(std::optional<double> a, std::optional<double> b) { return a ? a : b; }

template <typename... More>
std::optional<double> first_of(std::optional<double> a, std::optional<double> b, More... more)
{
    return first_of(first_of(a, b), more...);
}

std::optional<double> times(std::optional<double> price, double factor)
{
    return price ? std::optional{*price * factor} : std::nullopt;
}

void add_cached(sum& total, buckets const& b, prices const& p, bool anthropic)
{
    auto const read = first_of(p.cache_read, anthropic ? times(p.input, 0.1) : p.input);
    auto const write = first_of(p.cache_write, anthropic ? times(p.input, 1.25) : p.input);
    auto const write_long = first_of(p.cache_write_long, anthropic ? times(p.input, 2) : write);

    total.add(b.cache_read, read);
    total.add(b.cache_write, write);
    total.add(b.cache_write_long, write_long);
    total.add(b.audio_cache_read, first_of(p.audio_cache_read, p.cache_read, p.audio_input, p.input));
}

std::optional<double> search_price(prices const& p, search_size size)
{
    if (size == search_size::low) return first_of(p.web_search_low, p.web_search);
    if (size == search_size::high) return first_of(p.web_search_high, p.web_search);
    return p.web_search;
}

sum priced(usage const& used, buckets const& b, prices const& p, bool anthropic)
{
    sum total;
    total.add(b.input, p.input);
    add_cached(total, b, p, anthropic);
    total.add(b.audio_input, first_of(p.audio_input, p.input));
    total.add(b.image_input, first_of(p.image_input, p.input));
    total.add(b.output, p.output);
    total.add(b.reasoning, first_of(p.reasoning, p.output));
    total.add(b.audio_output, first_of(p.audio_output, p.output));
    total.add(b.image_output, first_of(p.image_output, p.output));

    if (b.image_output == 0) total.add(used.images, first_of(p.per_output_image, p.per_input_image));
    if (!used.prompt && !used.completion)
        total.add(used.input_seconds, first_of(p.per_input_second, p.per_audio_input_second));
    total.add(used.input_chars, p.per_input_char);
    total.add(used.pages, p.per_page);
    total.add(used.queries, p.per_query);
    total.add(used.web_searches, search_price(p, used.searched));
    if (p.per_request) total.add(std::int64_t{1}, p.per_request);
    return total;
}

std::optional<std::int64_t> stated_nanos(usage const& used)
{
    if (!used.cost_dollars || !(*used.cost_dollars >= 0) || *used.cost_dollars > most_plausible_dollars)
        return std::nullopt;
    sum total;
    total.add(1.0, used.cost_dollars);
    return total.nanos();
}

/// What a call without usage costs: nothing if it never ran, else nobody knows.
cost without_usage(int status)
{
    bool const never_ran = status >= 400 || status == -4; // refused by the provider or by weir; a threat was blocked
    return {.nanos = never_ran ? std::optional<std::int64_t>{0} : std::nullopt};
}

} // namespace

std::string_view name_of(cost_source source)
{
    switch (source) {
    case cost_source::table: return "table";
    case cost_source::override_rule: return "override";
    case cost_source::provider: return "provider";
    case cost_source::told: return "told";
    case cost_source::none: break;
    }
    return "none";
}

std::int64_t prompt_length(usage const& used) { return disjoint(used).prompt(); }

cost cost_of(price_table const& table, call const& what, usage const& used)
{
    if (what.free) return {.nanos = 0};
    bool const cut = what.status < 0;

    if (auto const nanos = stated_nanos(used))
        return {.nanos = nanos, .source = cost_source::provider, .approximate = cut};
    if (!used.known() && !what.local) return without_usage(what.status);

    auto match = table.find(what.provider, what.model, what.started_us);
    if (!match.row) match = table.find(what.provider, what.fallback_model, what.started_us);
    if (what.local && (!match.from_override || !used.known())) return {.nanos = 0};
    if (!match.row) return {.unpriced = true};

    auto const b = disjoint(used);
    auto const prompts = what.prompts.value_or(prompt_range{b.prompt(), b.prompt()});
    auto const total = priced(used, b, prices_for(*match.row, what.tier, prompts.most), what.anthropic);
    auto const nanos = total.nanos();
    if (total.unpriced() || !nanos) return {.unpriced = true};
    return {.nanos = nanos,
            .source = match.from_override ? cost_source::override_rule : cost_source::table,
            .approximate = cut || what.approximate || match.approximate || is_band_between(*match.row, prompts)};
}

} // namespace weir::pricing
