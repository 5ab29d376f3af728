#include "storage/traffic.hpp"

#include "storage/connection.hpp"
#include "storage/row_groups.hpp"

namespace weir::storage
{

namespace
{

/// SQLite's sum of two integers is a REAL where it does not fit, which the column refuses: it ends at the greatest one.
std::string adding_statement()
{
    std::string text = "INSERT INTO traffic VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15) "
                       "ON CONFLICT DO UPDATE SET calls=calls+excluded.calls,first_tokens=first_tokens+"
                       "excluded.first_tokens";
    for (std::string const column : {"prompt_tokens", "completion_tokens", "total_tokens", "cache_read_tokens",
                                     "cache_write_tokens", "cost_nanos", "latency_us", "first_token_us"})
        text += "," + column + "=min(" + column + "+excluded." + column + ",9223372036854775807)";
    return text;
}

} // namespace

void traffic_batch::add(request_record const& row)
{
    rows_.push_back(row.id);
    for (auto const& property : row.properties) properties_.emplace(row.organization, property.first);
    if (row.status == status::pending) return;
    auto& cell = cells_[{row.organization, quarter_of(row.created_us), row.model, row.provider, row.status}];
    auto const& used = row.used;
    ++cell.calls;
    add_up(cell.prompt, used.prompt.value_or(0));
    add_up(cell.completion, used.completion.value_or(0));
    if (used.total)
        add_up(cell.total, *used.total);
    else if (used.prompt && used.completion)
        add_up(cell.total, *used.prompt + *used.completion);
    add_up(cell.cache_read, used.cache_read.value_or(0));
    add_up(cell.cache_write, used.cache_write.value_or(0));
    add_up(cell.cost_nanos, row.cost.nanos.value_or(0));
    add_up(cell.latency_us, row.ended_us - row.created_us);
    add_up(cell.first_token_us, row.time_to_first_token_us.value_or(0));
    cell.first_tokens += row.time_to_first_token_us ? 1 : 0;
}

result<void> traffic_batch::write(connection& db) const
{
    static std::string const statement = adding_statement();
    for (auto const& [of, sum] : cells_) {
        auto const done = db.execute(statement, of.organization, of.quarter, of.model, of.provider, of.status,
                                     sum.calls, sum.prompt, sum.completion, sum.total, sum.cache_read, sum.cache_write,
                                     sum.cost_nanos, sum.latency_us, sum.first_token_us, sum.first_tokens);
        if (!done) return done;
    }
    for (auto const& [organization, name] : properties_) {
        auto const done = db.execute("INSERT OR IGNORE INTO organization_property VALUES (?1,?2)", organization, name);
        if (!done) return done;
    }
    return note_ungrouped(db, rows_);
}

} // namespace weir::storage
