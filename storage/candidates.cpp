#include "storage/candidates.hpp"

#include "storage/json_text.hpp"

#include <algorithm>
#include <limits>

namespace weir::storage
{

candidates::candidates(group_search groups)
    : groups_(std::move(groups))
    , pool_(groups_.waiting().begin(), groups_.waiting().end())
    , waiting_(pool_.size())
    , are_exact_(pool_.empty())
{
    std::ranges::make_heap(pool_);
}

result<std::optional<candidates>> candidates::find(connection& db, organization_id organization, filter const& what)
{
    auto found = group_search::find(db, organization, what, true);
    if (!found) return found.error();
    if (!*found) return std::optional<candidates>();
    return std::optional(candidates(std::move(**found)));
}

result<void> candidates::look_at(row_group const& next)
{
    auto const judged = groups_.judge(next);
    if (!judged) return judged.error();
    auto const passing = groups_.passing_rows(next, *judged);
    if (!passing) return passing.error();
    for (auto const id : *passing) {
        pool_.push_back(id);
        std::ranges::push_heap(pool_);
    }
    are_exact_ = are_exact_ && (judged->is_exact || passing->empty());
    looked_at_ += next.rows;
    found_ += passing->size();
    return {};
}

std::optional<std::vector<row_id>> candidates::newer() const
{
    auto const known = groups_.newer_rows();
    if (!known) return std::nullopt;
    std::vector<row_id> rows;
    for (auto const id : *known) rows.push_back(row_id{id});
    return rows;
}

void candidates::take_certain()
{
    certain_.erase(certain_.begin(), certain_.begin() + static_cast<std::ptrdiff_t>(given_));
    given_ = 0;
    auto const& groups = groups_.groups();
    auto const bound = at_ < groups.size() ? groups[at_].last_row : std::numeric_limits<std::int64_t>::min();
    for (; !pool_.empty() && pool_.front() > bound; pool_.pop_back()) {
        std::ranges::pop_heap(pool_);
        if (certain_.empty() || certain_.back() != row_id{pool_.back()}) certain_.push_back(row_id{pool_.back()});
    }
}

result<std::vector<row_id>> candidates::next(std::size_t most)
{
    for (;;) {
        take_certain();
        if (certain_.size() >= most || at_ == groups_.groups().size() || tell_little()) break;
        if (auto const looked = look_at(groups_.groups()[at_++]); !looked) return looked.error();
    }
    given_ = std::min(most, certain_.size());
    return std::vector<row_id>(certain_.begin(), certain_.begin() + static_cast<std::ptrdiff_t>(given_));
}

bool candidates::tell_little() const
{
    constexpr std::size_t enough = 32'768;
    return looked_at_ > enough && found_ > looked_at_ / 2;
}

namespace
{

/// Beyond such a part of the calls it is faster to look at all of them: sooner where numbers alone are compared, which
/// the index of figures has. Beyond so many it takes too much memory.
constexpr std::size_t divisor_of_numbers = 16, divisor_of_texts = 3, most_asked = 2'000'000;
constexpr std::size_t rows_of_part = 16'384;

result<void> ask_rows(std::span<row_id const> rows, filter const& what, ask_by_rows const& by_rows)
{
    while (!rows.empty()) {
        auto const some = rows.first(std::min(rows.size(), rows_of_part));
        if (auto const asked = by_rows(among(some, what)); !asked) return asked;
        rows = rows.subspan(some.size());
    }
    return {};
}

/// Where columns tell all: the groups by them, and what they cannot tell by the rows.
result<void> ask_columns(group_search& groups, filter const& what, ask_by_rows const& by_rows,
                         ask_by_columns const& by_columns)
{
    std::vector<row_id> others;
    auto const ask_others = [&](std::size_t enough) -> result<void> {
        if (others.size() < enough) return {};
        auto const asked = ask_rows(others, what, by_rows);
        others.clear();
        return asked;
    };
    for (auto const id : groups.waiting())
        if (others.empty() || others.back() != row_id{id}) others.push_back(row_id{id});
    for (auto const& group : groups.groups()) {
        auto const judged = groups.judge(group);
        if (!judged) return judged.error();
        if (judged->is == group_verdict::kind::none) continue;
        auto const told = judged->is_exact ? by_columns(groups, group, *judged) : result<bool>(false);
        if (!told) return told.error();
        if (*told) continue;
        auto const passing = groups.passing_rows(group, *judged);
        if (!passing) return passing.error();
        for (auto const id : *passing) others.push_back(row_id{id});
        if (auto const asked = ask_others(rows_of_part); !asked) return asked;
    }
    return ask_others(1);
}

/// All candidates; none when they are too many.
result<std::optional<std::vector<row_id>>> find_all(group_search groups, std::size_t most_found)
{
    using found_rows = std::optional<std::vector<row_id>>;
    std::size_t rows = 0;
    for (auto const& group : groups.groups()) rows += group.rows;
    auto const divisor = groups.compares_texts() ? divisor_of_texts : divisor_of_numbers;
    auto const most = std::min(most_found, rows / divisor + 1);
    candidates found(std::move(groups));
    found_rows all(std::in_place);
    for (;;) {
        auto const some = found.next(rows_of_part);
        if (!some) return some.error();
        if (found.tell_little()) return found_rows();
        if (some->empty()) return all;
        all->insert(all->end(), some->begin(), some->end());
        if (all->size() > most) return found_rows();
    }
}

filter of_rows(std::span<row_id const> rows)
{
    filter these{.is = filter::kind::of_rows};
    these.condition.operand = json_of_rows(rows);
    return these;
}

filter after_row(row_id last)
{
    filter these{.is = filter::kind::after_row};
    these.condition.operand = std::to_string(static_cast<std::int64_t>(last));
    return these;
}

filter narrowed(filter these, filter what)
{
    filter all{.is = filter::kind::all_of};
    all.parts = {std::move(these), std::move(what)};
    return all;
}

} // namespace

filter among(std::span<row_id const> rows, filter what) { return narrowed(of_rows(rows), std::move(what)); }

filter after(row_id last, filter what) { return narrowed(after_row(last), std::move(what)); }

result<filter> rows_that_may_pass(connection& db, organization_id organization, filter const& what)
{
    constexpr std::size_t most_named = 131'072; // in one statement
    auto found = group_search::find(db, organization, what);
    if (!found) return found.error();
    if (!*found) return filter();
    auto const last = (*found)->last_row();
    auto const all = find_all(std::move(**found), most_named);
    if (!all) return all.error();
    if (!*all) return filter();
    auto made = of_rows(**all);
    made.is = filter::kind::of_candidates;
    made.condition.key = std::to_string(static_cast<std::int64_t>(last));
    return made;
}

result<void> ask_all(connection& db, organization_id organization, filter const& what, ask_by_rows const& by_rows,
                     ask_by_columns const& by_columns)
{
    auto found = group_search::find(db, organization, what);
    if (!found) return found.error();
    if (!*found) return by_rows(what);
    auto const last_grouped = (*found)->last_row();
    if ((*found)->is_exact()) {
        auto const asked = by_rows(after(last_grouped, what));
        return asked ? ask_columns(**found, what, by_rows, by_columns) : asked;
    }
    auto const all = find_all(std::move(**found), most_asked);
    if (!all) return all.error();
    if (!*all) return by_rows(what);
    auto const asked = by_rows(after(last_grouped, what));
    return asked ? ask_rows(**all, what, by_rows) : asked;
}

} // namespace weir::storage
