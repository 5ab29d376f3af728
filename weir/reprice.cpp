#include "api/filters.hpp"
#include "net/text.hpp"
#include "net/time_text.hpp"
#include "storage/connection.hpp"
#include "storage/migrations.hpp"
#include "storage/repricing.hpp"
#include "storage/sql_functions.hpp"
#include "weir/commands.hpp"
#include "weir/prices.hpp"
#include "weir/progress.hpp"

#include <cstdio>
#include <map>
#include <optional>
#include <thread>

namespace weir
{
namespace
{

/// All that the options ask for; the error is a line for the operator.
boost::system::result<storage::filter, std::string> filter_of(reprice_arguments const& what)
{
    using storage::comparison;
    using storage::filter;
    auto given = api::parse_filter(what.filter, "--filter");
    if (!given) return given.error().text;
    filter all{.is = filter::kind::all_of};
    auto const add = [&all](std::string_view table, std::string_view column, comparison how, auto operand) {
        all.parts.push_back({.is = filter::kind::condition,
                             .condition = {.table = table, .column = column, .how = how, .operand = operand}});
    };
    struct {
        std::string_view option;
        std::string const& text;
        comparison how;
    } const times[] = {{"--since", what.since, comparison::gte}, {"--until", what.until, comparison::lt}};
    for (auto const& time : times) {
        if (time.text.empty()) continue;
        auto const us = net::parse_time(time.text);
        if (!us)
            return std::string(time.option) + " " + time.text +
                   ": write a day or a time, such as 2026-01-31 or 2026-01-31T12:00Z";
        add("request", "created_at", time.how, storage::filter_time{*us});
    }
    if (!what.model.empty()) add("request_response_rmt", "model", comparison::equals, what.model);
    all.parts.push_back(std::move(*given));
    return all;
}

/// Prices calls as the recorder would, as far as the record knows what it knew (docs/usage-and-cost.md).
class repricer
{
public:
    repricer(config::settings const& settings, pricing::price_table const& prices)
        : providers_(settings.providers)
        , prices_(prices)
        , has_own_prices_(!settings.cost.prices_file.empty())
    {
    }

    std::optional<pricing::cost> price(storage::request_record const& row) const
    {
        auto const found = providers_.find(row.provider);
        bool const is_known = found != providers_.end();
        bool const is_local = is_known && found->second.local;
        bool const is_stated =
            row.cost.source == pricing::cost_source::provider || row.cost.source == pricing::cost_source::told;
        if (row.status == storage::status::pending || is_stated) return std::nullopt;
        if (!row.used.prompt && !row.used.completion) return std::nullopt;
        // Free of charge, though it said what it used: nothing in the row says why.
        if (row.cost.nanos == 0 && row.cost.source == pricing::cost_source::none && !is_local) return std::nullopt;
        if (row.cost.nanos && !has_own_prices_ && row.price_table_version == prices_.version()) return std::nullopt;

        bool const is_anthropic =
            (is_known && found->second.kind == config::wire_format::anthropic) || net::icontains(row.model, "claude");
        bool const is_batch = row.path.find("/batches") != row.path.npos;
        pricing::call const call{.provider = row.provider,
                                 .model = row.model,
                                 .fallback_model = row.request_model,
                                 .started_us = row.created_us,
                                 .tier = is_batch ? pricing::service_tier::batch : pricing::service_tier::standard,
                                 .anthropic = is_anthropic,
                                 .local = is_local,
                                 .approximate = !row.cost_flags.empty() || !row.stream_error.empty(),
                                 .status = row.status};
        return pricing::cost_of(prices_, call, row.used);
    }

private:
    std::map<std::string, config::provider_settings> const& providers_;
    pricing::price_table const& prices_;
    bool const has_own_prices_;
};

double dollars(std::int64_t nanos) { return static_cast<double>(nanos) / 1e9; }

} // namespace

int reprice(configuration_arguments const& arguments, reprice_arguments const& what)
{
    auto const settings = load_settings_without_listening(arguments);
    if (!settings) return 2;
    auto const prices = load_prices(*settings);
    if (!prices) return fail(2, prices.error());
    auto filter = filter_of(what);
    if (!filter) return fail(2, filter.error());

    auto const& path = settings->storage.path;
    std::string problem;
    auto db = storage::open_current(path, problem);
    if (!db) return fail(1, problem);
    if (auto const added = storage::add_sql_functions(*db); !added)
        return fail(1, path + ": " + added.error().message());

    repricer const with(*settings, *prices);
    progress_line line;
    storage::repricing how;
    how.what = std::move(*filter);
    how.is_dry = what.dry_run;
    how.version = prices->version();
    how.price = [&with](storage::request_record const& row) { return with.price(row); };
    how.pause = [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); };
    how.report = [&line](storage::repriced const& so_far) {
        line.show([&] {
            return "looked at " + std::to_string(so_far.calls) + " calls, up to " +
                   minute_text(storage::time_of(so_far.reached)) + " UTC; " + std::to_string(so_far.changed) +
                   " changed";
        });
    };
    auto const done = storage::reprice(*db, how);
    line.clear();
    if (!done)
        return fail(1,
                    path + ": " + done.error().message() + ": what is done stays done; try again when that is mended");
    std::printf("%s %lld of %lld calls: %.6f US dollars before, %.6f after; %lld cannot be repriced or need not be\n",
                what.dry_run ? "would reprice" : "repriced", static_cast<long long>(done->changed),
                static_cast<long long>(done->calls), dollars(done->nanos_before), dollars(done->nanos_after),
                static_cast<long long>(done->left));
    return 0;
}

} // namespace weir
