#include "storage/traffic_query.hpp"

#include "storage/candidates.hpp"
#include "storage/collect.hpp"
#include "storage/column_chunk.hpp"
#include "storage/prepared_filter.hpp"
#include "storage/sql.hpp"
#include "storage/traffic.hpp"

#include <algorithm>

namespace weir::storage
{
namespace
{

/// The group of a call, and of a cell of the roll-ups.
struct columns_of_group {
    std::string_view of_call, of_cell;
};

columns_of_group columns_of(traffic_group by)
{
    switch (by) {
    case traffic_group::none: break;
    case traffic_group::model: return {"coalesce(r.model,'')", "r.model"};
    case traffic_group::provider: return {"coalesce(r.provider,'')", "r.provider"};
    case traffic_group::status: return {"r.status", "r.status"};
    }
    return {"''", "''"};
}

/// Whether the filter asks for nothing but what a roll-up says of its calls.
bool fits_roll_ups(filter const& what)
{
    switch (what.is) {
    case filter::kind::everything: return true;
    case filter::kind::condition:
        return what.condition.table == "request_response_rmt" &&
               (what.condition.column == "model" || what.condition.column == "status");
    case filter::kind::all_of:
    case filter::kind::any_of: return std::ranges::all_of(what.parts, fits_roll_ups);
    case filter::kind::of_blocks:
    case filter::kind::of_rows:
    case filter::kind::of_users:
    case filter::kind::of_sessions:
    case filter::kind::with_session:
    case filter::kind::of_candidates:
    case filter::kind::after_row: break;
    }
    return false;
}

/// As WEIR_IS_ERROR says in SQL.
bool is_error(std::int64_t status) { return !(status >= 200 && status <= 299) && status != 101; }

#define WEIR_IS_ERROR "(r.status NOT BETWEEN 200 AND 299 AND r.status<>101)"

class summary
{
public:
    summary(connection& db, organization_id organization, filter const& what, traffic_group by, time_buckets buckets)
        : db_(db)
        , organization_(organization)
        , what_(what)
        , by_(by)
        , buckets_(buckets)
    {
    }

    /// Adds the calls of a range, however many pass.
    result<void> add_all_calls(time_range const& when)
    {
        filter in_range{.is = filter::kind::all_of};
        in_range.parts = {what_, made_at(comparison::gte, when.from_us), made_at(comparison::lt, when.to_us)};
        return ask_all(
            db_, organization_, in_range, [&](filter const& part) { return add_calls(part, when); },
            [&](group_search& groups, row_group const& group, group_verdict const& passing) {
                return add_group(groups, group, passing);
            });
    }

    /// Adds the calls of a range, or takes them away.
    result<void> add_calls(time_range const& when, std::int64_t sign) { return add_calls(what_, when, sign); }

    /// Adds whole quarters of an hour, from the roll-ups.
    result<void> add_quarters(std::int64_t from, std::int64_t to)
    {
        if (from >= to) return {};
        sql asked("SELECT r.quarter,");
        auto const group = columns_of(by_).of_cell;
        asked << group
              << ",total(iif(" WEIR_IS_ERROR ",r.calls,0)),total(r.calls),total(r.prompt_tokens),"
                 "total(r.completion_tokens),total(r.total_tokens),total(r.cache_read_tokens),total(r.cache_write_"
                 "tokens),"
                 "total(r.cost_nanos),total(r.latency_us),total(r.first_token_us),total(r.first_tokens)"
                 " FROM traffic AS r WHERE r.organization_id=";
        asked.bind(static_cast<std::int64_t>(organization_)) << " AND r.quarter>=";
        asked.bind(from) << " AND r.quarter<";
        asked.bind(to) << " AND ";
        append_filter(what_, asked);
        asked << " GROUP BY r.quarter";
        if (by_ != traffic_group::none) asked << "," << group;
        return add(asked, quarter_us, 1);
    }

    traffic_over_time sums;

private:
    static filter made_at(comparison how, std::int64_t time_us)
    {
        return {.is = filter::kind::condition,
                .condition = {.table = "request_response_rmt",
                              .column = "request_created_at",
                              .how = how,
                              .operand = filter_time{time_us}}};
    }

    /// From the calls themselves.
    result<void> add_calls(filter const& what, time_range const& when, std::int64_t sign = 1)
    {
        if (when.from_us >= when.to_us) return {};
        sql asked("SELECT r.created_us,");
        asked << columns_of(by_).of_call
              << ",iif(" WEIR_IS_ERROR ",1,0),1,r.prompt_tokens,r.completion_tokens,"
                 "coalesce(r.total_tokens,r.prompt_tokens+r.completion_tokens),r.prompt_cache_read_tokens,"
                 "r.prompt_cache_write_tokens,r.cost_nanos,r.ended_us-r.created_us,r.time_to_first_token_us,"
                 "r.time_to_first_token_us IS NOT NULL";
        append_calls_of(what, asked);
        asked << " WHERE r.status<>-2 AND r.organization_id=";
        asked.bind(static_cast<std::int64_t>(organization_));
        asked << " AND ";
        append_filter(what, asked); // before the times, which the index has seen to
        append_time_range(when, asked);
        return add(asked, 1, sign);
    }

    /// From the columns of a group.
    result<bool> add_group(group_search& groups, row_group const& group, group_verdict const& passing)
    {
        using boost::system::in_place_error;
        constexpr field_name read[] = {fields::created,
                                       fields::status,
                                       fields::prompt_tokens,
                                       fields::completion_tokens,
                                       fields::total_tokens,
                                       fields::cache_read_tokens,
                                       fields::cache_write_tokens,
                                       fields::cost,
                                       fields::latency,
                                       fields::first_token};
        enum : std::uint8_t {
            created,
            status,
            prompt,
            completion,
            total,
            cache_read,
            cache_write,
            cost,
            latency,
            first
        };
        std::vector<std::vector<std::int64_t>> columns;
        for (auto const field : read) {
            auto values = groups.numbers(group, field);
            if (!values) return {in_place_error, values.error()};
            columns.push_back(std::move(*values));
        }
        auto const names = names_of_groups(groups, group);
        if (!names) return {in_place_error, names.error()};
        if (!*names) return false;
        for (std::size_t row = 0; row < group.rows; ++row) {
            auto const number = [&](std::size_t column) {
                auto const value = columns[column][row];
                return value == no_value ? 0 : value;
            };
            bool const is_counted = passing.is == group_verdict::kind::all || passing.mask[row] != 0;
            if (!is_counted || number(status) == weir::storage::status::pending) continue;
            auto const name = (*names)->texts.empty() ? std::string_view() : (*names)->text_of(row);
            sums_at(number(created), name)
                .add(traffic_sums{.calls = 1,
                                  .errors = is_error(number(status)) ? 1 : 0,
                                  .prompt_tokens = number(prompt),
                                  .completion_tokens = number(completion),
                                  .total_tokens = number(total),
                                  .cache_read_tokens = number(cache_read),
                                  .cache_write_tokens = number(cache_write),
                                  .cost_nanos = number(cost),
                                  .latency_us = number(latency),
                                  .first_token_us = number(first),
                                  .first_tokens = columns[first][row] == no_value ? 0 : 1});
        }
        return true;
    }

    /// What the rows are grouped by, besides time; none where columns do not tell. No texts where that is nothing.
    result<std::optional<text_column>> names_of_groups(group_search& groups, row_group const& group)
    {
        switch (by_) {
        case traffic_group::none: break;
        case traffic_group::model: return groups.texts(group, fields::model);
        case traffic_group::provider: return groups.texts(group, fields::provider);
        case traffic_group::status: return statuses_of(groups, group);
        }
        return std::optional(text_column());
    }

    static result<std::optional<text_column>> statuses_of(group_search& groups, row_group const& group)
    {
        auto const values = groups.numbers(group, fields::status);
        if (!values) return values.error();
        std::map<std::int64_t, std::int64_t> places;
        text_column column;
        for (auto const value : *values) {
            auto const [found, is_new] = places.try_emplace(value, std::ssize(places));
            if (is_new) column.texts.push_back(std::to_string(value));
            column.places.push_back(found->second);
        }
        return std::optional(std::move(column));
    }

    traffic_sums& sums_at(std::int64_t created_us, std::string_view group)
    {
        auto const start = buckets_.start_of(created_us);
        if (!last_ || last_->first.first != start || last_->first.second != group)
            last_ = &*sums.try_emplace({start, std::string(group)}).first;
        return last_->second;
    }

    /// Adds the rows of a query, each `sign` times: time in units, group, errors, and the other sums in their order.
    result<void> add(sql const& asked, std::int64_t unit_us, std::int64_t sign)
    {
        auto found = db_.query(asked);
        if (!found) return found.error();
        while (found->next()) {
            traffic_sums row;
            int at = 2;
            for (auto* sum : {&row.errors, &row.calls, &row.prompt_tokens, &row.completion_tokens, &row.total_tokens,
                              &row.cache_read_tokens, &row.cache_write_tokens, &row.cost_nanos, &row.latency_us,
                              &row.first_token_us, &row.first_tokens})
                *sum = sign * found->get<std::int64_t>(at++);
            auto const start = buckets_.start_of(found->get<std::int64_t>(0) * unit_us);
            if (!last_ || last_->first.first != start || by_ != traffic_group::none)
                last_ = &*sums.try_emplace({start, found->get<std::string>(1)}).first;
            last_->second.add(row);
        }
        if (found->error()) return found->error();
        return {};
    }

    connection& db_;
    organization_id organization_;
    filter const& what_;
    traffic_group by_;
    time_buckets buckets_;
    traffic_over_time::value_type* last_ = nullptr; ///< rows come in the order of time: mostly the next one's
};

#undef WEIR_IS_ERROR

} // namespace

void traffic_sums::add(traffic_sums const& other)
{
    for (auto const member :
         {&traffic_sums::calls, &traffic_sums::errors, &traffic_sums::prompt_tokens, &traffic_sums::completion_tokens,
          &traffic_sums::total_tokens, &traffic_sums::cache_read_tokens, &traffic_sums::cache_write_tokens,
          &traffic_sums::cost_nanos, &traffic_sums::latency_us, &traffic_sums::first_token_us,
          &traffic_sums::first_tokens})
        add_up(this->*member, other.*member);
}

namespace
{

/// Whole quarters of an hour that stand for a range, and the calls that its ends lack of them or have beyond them.
struct quarters {
    std::int64_t first = 0, last = 0; ///< first <= q < last
    time_range missing[2]{}, surplus[2]{};
};

/// For each end the shorter way: a quarter may have a million calls. Behind `newest_us` there are none, so that a range
/// that ends now has all of the quarter under way.
quarters quarters_of(time_range const& when, std::int64_t newest_us)
{
    quarters whole{.first = quarter_of(when.from_us), .last = quarter_of(when.to_us)};
    auto const first_us = whole.first * quarter_us, last_us = whole.last * quarter_us;
    if (when.from_us - first_us < quarter_us / 2)
        whole.surplus[0] = {first_us, when.from_us};
    else
        whole.missing[0] = {when.from_us, ++whole.first * quarter_us};
    if (std::min(newest_us, last_us + quarter_us) - when.to_us < when.to_us - last_us)
        whole.surplus[1] = {when.to_us, ++whole.last * quarter_us};
    else
        whole.missing[1] = {last_us, when.to_us};
    return whole;
}

} // namespace

result<traffic_over_time> query_traffic(connection& db, organization_id organization, traffic_query const& query,
                                        time_buckets buckets)
{
    auto const what = prepared(db, organization, query.what);
    if (!what) return what.error();
    summary made(db, organization, *what, query.by, buckets);
    auto const newest_us = first_value<std::int64_t>(db.query("SELECT coalesce(max(created_us),0) FROM request"));
    if (!newest_us) return newest_us.error();
    auto const whole = quarters_of(query.when, *newest_us);
    bool const by_quarters = buckets.begin_with_quarters() && query.when.from_us < query.when.to_us &&
                             whole.first < whole.last && fits_roll_ups(*what);
    if (!by_quarters) {
        if (auto done = made.add_all_calls(query.when); !done) return done.error();
        return std::move(made.sums);
    }
    if (auto done = made.add_quarters(whole.first, whole.last); !done) return done.error();
    for (auto const& range : whole.missing)
        if (auto done = made.add_calls(range, 1); !done) return done.error();
    for (auto const& range : whole.surplus)
        if (auto done = made.add_calls(range, -1); !done) return done.error();
    std::erase_if(made.sums, [](auto const& sums) { return sums.second.calls == 0; });
    return std::move(made.sums);
}

result<std::vector<std::string>> used_models(connection& db, organization_id organization, std::int64_t limit)
{
    return collect_column<std::string>(
        db.query("SELECT model FROM traffic WHERE organization_id=?1 AND model<>'' GROUP BY model"
                 " ORDER BY sum(calls) DESC,model LIMIT ?2",
                 organization, limit));
}

} // namespace weir::storage
